"""Who chooses: cells of consumers with weights, split by the brands they know."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.choice.consideration import SelectiveAwareness, consideration_sets

CELL_COLUMNS = ("home", "brand", "platform", "income", "rate", "may_finance", "weight", "credit")


@dataclass(frozen=True)
class Consumers:
    """Cells of like consumers.

    Parameters
    ----------
    cells : DataFrame
        One row a cell, with `home` (the channel whose member they are, "" for none), `brand` and
        `platform` of the product they own, `income` (dollars a year), `rate` (their own monthly
        discount rate), `may_finance` (whether a seller would let them pay later), `weight` and
        `credit`: the cell's weight is weight + credit x (the taste named "credit"), so that who
        qualifies for it can be calibrated. Weights sum to one.
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
    """

    cells: pd.DataFrame
    awareness: pd.DataFrame
    _: KW_ONLY
    income_exponent: float = 0.0
    income_reference: float = 60_000.0
    standards: dict[str, str] = field(default_factory=dict)
    selection: SelectiveAwareness | None = None

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

    @property
    def money(self) -> Array:
        """What money weighs for each cell (C,), against one at the reference income."""
        income = self.cells["income"].to_numpy(float)
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
        homes = self.awareness.index
        phi = self.awareness[limited].to_numpy(float)
        sets = consideration_sets(np.vstack([phi, np.ones(len(limited))]), self.selection)
        # A home channel without awareness of its own knows every brand: the last row.
        home = homes.get_indexer(self.cells["home"])
        sigma = 0.0 if self.selection is None else self.selection.sigma
        return AwarenessTypes(
            brands=tuple(limited),
            knows=sets.knows,
            taste=sigma * sets.z,
            probability=sets.probability[home],
        )


@dataclass(frozen=True, kw_only=True)
class AwarenessTypes:
    """T types of what consumers know: brands that not everyone knows (B,), which of them each type
    knows (T, B), what utility such brands have for it (T,), and how often it is in each cell
    (C, T)."""

    brands: tuple[str, ...]
    knows: np.ndarray
    taste: Array
    probability: Array

    @property
    def taste_by_group(self) -> Array:
        """Utility (1 + B, T) that types add to brands that everyone knows (0), and to each other,
        -inf where they do not know it."""
        by_brand = np.where(self.knows.T, self.taste, -np.inf)
        return np.vstack([np.zeros(len(self.taste)), by_brand])
