"""Who has heard of a brand: what makes it known, and how it is forgotten.

Of the members of home channel h, the share a_bh knows brand b. In a period

    da/dt = (1 - a) max(background + word a + shelf x + use u + push, 0) - fade a

x: the part of purchases by members of h that is made at shelves which have the brand; u: the part
of the products that members of h use; push: advertising. With word alone it is the logistic curve;
with the others a diffusion in the manner of Bass (1969), with forgetting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.moves import Campaign
from inroads.market.moves.base import require_labels


@dataclass(frozen=True, kw_only=True)
class Law:
    """How brands become known and are forgotten: rates a period.

    Of the members of a channel, da/dt = (1 - a) max(background + word a + shelf x + use u + push,
    0) - fade a, where x is the part of their purchases made at shelves which have the brand, u the
    part of the products they use that are of it, and push advertising. A law without rates leaves
    awareness alone.

    Parameters
    ----------
    word : float
        Of talk.
    shelf : float
        Of shelves.
    use : float
        Of products in use.
    fade : float
        Of forgetting.
    steady : bool
        Whether the background is such that awareness stays as it is while shelves and products in
        use do: press, talk and everything that goes on already. Otherwise there is none, and the
        drive is what the rates say.
    steps : int
        Equal (Euler) steps that a period is cut into.

    Raises
    ------
    InputError
        For rates below 0, and less than one step.

    References
    ----------
    Bass, F. (1969), A new product growth for model consumer durables, Management Science 15(5).
    """

    word: float = 0.0
    shelf: float = 0.0
    use: float = 0.0
    fade: float = 0.0
    steady: bool = True
    steps: int = 1

    def __post_init__(self) -> None:
        for name in ("word", "shelf", "use", "fade"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise refuse(
                    expected="a rate a period of 0 or more",
                    found=f"{value:g}",
                    where=f"awareness, {name}",
                    remedy="correct it.",
                )
        if self.steps < 1:
            raise refuse(
                expected="at least 1 step a period",
                found=str(self.steps),
                where="awareness, steps",
                remedy="correct it.",
            )

    def background(self, awareness: Array, shelves: Array, use: Array) -> Array:
        """The drive at the start, beyond what the rates explain.

        Parameters
        ----------
        awareness, shelves, use : (H, B) array
            By home channel and brand: who knows it, where purchases are made, what is in use.

        Returns
        -------
        (H, B) array
            0 unless `steady`.
        """
        if not self.steady:
            return np.zeros_like(awareness)
        odds = np.divide(
            awareness, 1.0 - awareness, out=np.zeros_like(awareness), where=awareness < 1
        )
        return np.asarray(
            self.fade * odds - self.word * awareness - self.shelf * shelves - self.use * use
        )

    def next(
        self, awareness: Array, shelves: Array, use: Array, push: Array, *, background: Array
    ) -> Array:
        """Awareness a period later; what everyone knows stays known.

        Parameters
        ----------
        awareness, shelves, use : (H, B) array
            By home channel and brand: who knows it, where purchases are made, what is in use.
        push : (H, B) array
            Advertising.
        background : (H, B) array
            As `background` gives it.

        Returns
        -------
        (H, B) array
            Awareness.

        Raises
        ------
        InputError
            Where rates are too high for the steps taken: awareness would leave [0, 1].
        """
        a, dt = awareness, 1.0 / self.steps
        other = background + self.shelf * shelves + self.use * use + push
        for _ in range(self.steps):
            drive = np.maximum(other + self.word * a, 0.0)
            if (drive * dt > 1).any() or self.fade * dt > 1:
                raise refuse(
                    expected="rates of at most 1 a step",
                    found=f"{max(float(drive.max()), self.fade) * dt:g}",
                    where="awareness",
                    remedy="take more steps a period.",
                )
            a = a + dt * ((1.0 - a) * drive - self.fade * a)
        return np.where(awareness >= 1.0, awareness, a)


@dataclass(frozen=True, kw_only=True)
class Advertising:
    """A push a period for a brand.

    Parameters
    ----------
    brand : str
        Which.
    push : float
        The share of those who do not know the brand that a period of it reaches.
    first : int
        The first period.
    last : int, optional
        The last; none unless given.
    members_of : tuple of str, optional
        Channels whose members it reaches; all consumers unless given.
    """

    brand: str
    push: float
    first: int = 0
    last: int | None = None
    members_of: tuple[str, ...] | None = None

    def runs(self, period: int) -> bool:
        """Whether it runs in a period.

        Parameters
        ----------
        period : int
            From 0.

        Returns
        -------
        bool
            From `first` to `last`.
        """
        return self.first <= period and (self.last is None or period <= self.last)


@dataclass(frozen=True)
class AwarenessFloor:
    """A campaign that makes a brand known to at least this share of consumers everywhere.

    Parameters
    ----------
    brand : str
        Which.
    awareness : float
        The share, from 0 to 1; who knows the brand already does not forget it.
    """

    brand: str
    awareness: float

    def apply(self, market: Market) -> Market:
        """The market in which nobody has forgotten the brand; otherwise as `Campaign`."""
        require_labels(self, market)
        campaigned = Campaign(self.brand, self.awareness).apply(market).labelled_consumers
        before = market.labelled_consumers.awareness
        if self.brand not in before:
            return market
        raised = campaigned.awareness.assign(
            **{self.brand: campaigned.awareness[self.brand].clip(lower=before[self.brand])}
        )
        return replace(market, consumers=replace(campaigned, awareness=raised))


def pushes(
    advertising: Sequence[Advertising], period: int, homes: Sequence[str], brands: Sequence[str]
) -> Array:
    """Advertising of a period (H, B); unknown names are refused."""
    total = np.zeros((len(homes), len(brands)))
    for ad in advertising:
        for name, names in ((ad.brand, brands), *((c, homes) for c in ad.members_of or ())):
            if name not in names:
                actual = f"{name}; there are {', '.join(map(str, names)) or 'none'}"
                raise refuse(
                    expected="a brand whose awareness is limited, and channels",
                    found=actual,
                    where="ads",
                    remedy="correct it.",
                )
        if not 0 <= ad.push <= 1:
            raise refuse(
                expected="a push a period between 0 and 1",
                found=f"{ad.push:g}",
                where=f"ads, {ad.brand}",
                remedy="correct it.",
            )
        if ad.runs(period):
            rows = [
                h for h, home in enumerate(homes) if ad.members_of is None or home in ad.members_of
            ]
            total[rows, list(brands).index(ad.brand)] += ad.push
    return total
