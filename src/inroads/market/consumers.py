"""Who chooses: cells of consumers with weights, split by the brands they know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index
from inroads.choice.consideration import SelectiveAwareness, consideration_sets
from inroads.display import Card, Displayed, counted

CELL_COLUMNS = ("home", "brand", "platform", "income", "rate", "may_finance", "weight", "credit")
#: how a column of cells begins that holds their own taste for a characteristic of products
TASTE_FOR = "taste for "


@dataclass(frozen=True, repr=False)
class Consumers(Displayed):
    """Cells of like consumers.

    Parameters
    ----------
    cells : DataFrame
        One row a cell, with `home` (the channel whose member they are, "" for none), `brand` and
        `platform` of the product they own, `income` (dollars a year), `rate` (their own monthly
        discount rate), `may_finance` (whether a seller would let them pay later), `weight` and
        `credit`: the cell's weight is weight + credit x (the taste named "credit"), so that who
        qualifies for it can be calibrated. Weights sum to one. Of consumers whose tastes are known
        one by one also `money`, what it weighs for them, whatever their income, and for each
        characteristic, a column of products, "taste for NAME": utility that one unit of it adds to
        what all see in the product. Channels and offers may have such a column too; they add up,
        and -inf is out of reach.
    awareness : DataFrame
        Rows are home channels, columns brands: the share that knows the brand. A brand without a
        column is known to everyone.
    income_exponent, income_reference : float
        Money weighs (income_reference / income) ** income_exponent as much for a consumer as for
        one at the reference income.
    standards : dict
        What products must be compatible with for the members of each channel, wherever they buy
        ("any" if not given).
    selection : SelectiveAwareness, optional
        Whether those who know a brand with a column of awareness like such brands more than others
        would (None: they do not).
    at_shelves : mapping
        (brand, channel) -> of those who do not know a brand with a column of awareness, the part
        that knows it when it sees it there; none unless given.
    later : float
        What a dollar that a seller lets one pay later weighs beside one paid at once, before
        discounting.
    """

    cells: pd.DataFrame
    awareness: pd.DataFrame
    _: KW_ONLY
    income_exponent: float = 0.0
    income_reference: float = 60_000.0
    standards: dict[str, str] = field(default_factory=dict)
    selection: SelectiveAwareness | None = None
    at_shelves: Mapping[tuple[str, str], float] = field(default_factory=dict)
    later: float = 1.0

    def _card(self) -> Card:
        return Card(
            line=f"Consumers of {counted(len(self.cells), 'cell')} of like ones", table=self.cells
        )

    def min_awareness(self, brand: str) -> float:
        """The smallest share of any channel's members that knows a brand.

        Parameters
        ----------
        brand : str
            Its name.

        Returns
        -------
        float
            1 if all do.
        """
        return float(self.awareness[brand].min()) if brand in self.awareness else 1.0

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """`cells` as arrays (C,) by name."""
        return {str(c): self.cells[c].to_numpy() for c in self.cells}

    @cached_property
    def home_rows(self) -> Index:
        """The row of `awareness` of each cell's home channel (C,); -1, for one that has none, is
        taken for knowing every brand."""
        rows = {home: k for k, home in enumerate(self.awareness.index)}
        return np.array([rows.get(home, -1) for home in self.columns["home"]], dtype=np.intp)

    @cached_property
    def tastes(self) -> dict[str, Array]:
        """Cells' own tastes (C,) by characteristic."""
        return {
            name.removeprefix(TASTE_FOR): values.astype(float)
            for name, values in self.columns.items()
            if name.startswith(TASTE_FOR)
        }

    @cached_property
    def money(self) -> Array:
        """What money weighs for each cell (C,), against one at the reference income."""
        if "money" in self.columns:
            return np.asarray(self.columns["money"], dtype=float)
        income = self.columns["income"].astype(float)
        return np.asarray((self.income_reference / income) ** self.income_exponent)

    def split_by_awareness(self, brands: list[str]) -> AwarenessTypes:
        """Types within each cell, by which brands they know.

        A brand with a column of awareness makes types even where everyone knows it: so types are
        the same whatever a campaign reaches, and only their probabilities differ.

        Parameters
        ----------
        brands : list of str
            Those on sale.

        Returns
        -------
        AwarenessTypes
            T types, and their probabilities in each cell.

        References
        ----------
        Goeree, M. S. (2008), Limited information and advertising in the U.S. personal computer
        industry, Econometrica 76(5).
        """
        limited = [b for b in brands if b in self.awareness]
        places = {brand: k for k, brand in enumerate(self.awareness)}
        aware = self.awareness.to_numpy(float)[:, [places[b] for b in limited]]
        phi = np.vstack([aware, np.ones(len(limited))])
        chains, shelves = [], list[tuple[str, str]]()
        for k, brand in enumerate(limited):
            # The shelf at which most know a brand comes first.
            ours = sorted((part, at) for at, part in self.at_shelves.items() if at[0] == brand)
            added = [phi[:, k] + part * (1.0 - phi[:, k]) for part, _ in reversed(ours)]
            first = len(limited) + len(shelves)
            shelves += [at for _, at in reversed(ours)]
            phi = np.column_stack([phi, *added])
            chains.append((*range(first, first + len(added)), k))
        sets = consideration_sets(phi, self.selection, chains)
        sigma = 0.0 if self.selection is None else self.selection.sigma
        return AwarenessTypes(
            brands=tuple(limited),
            shelves=tuple(shelves),
            knows=sets.knows,
            taste=sigma * sets.z,
            probability=sets.probability[self.home_rows],
        )


@dataclass(frozen=True, kw_only=True)
class AwarenessTypes:
    """T types of what consumers know: brands that not everyone knows (B,), and those that more know
    at a channel (S,), by brand and channel; which of both each type knows (T, B + S), what utility
    such brands have for it (T,), and how often it is in each cell (C, T)."""

    brands: tuple[str, ...]
    shelves: tuple[tuple[str, str], ...]
    knows: np.ndarray
    taste: Array
    probability: Array

    @property
    def taste_by_group(self) -> Array:
        """Utility (1 + B, T) that types add to brands that everyone knows (0), and to each other,
        -inf where they do not know it."""
        by_brand = np.where(self.knows.T, self.taste, -np.inf)
        return np.vstack([np.zeros(len(self.taste)), by_brand])
