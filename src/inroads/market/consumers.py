"""Who chooses: cells of consumers with weights, split by the brands they know."""

from __future__ import annotations

from collections.abc import Mapping
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
    at_shelves : mapping
        (brand, channel) -> of those who do not know a brand with a column of awareness, the part
        that knows it when it sees it there; none unless given.
    """

    cells: pd.DataFrame
    awareness: pd.DataFrame
    _: KW_ONLY
    income_exponent: float = 0.0
    income_reference: float = 60_000.0
    standards: dict[str, str] = field(default_factory=dict)
    selection: SelectiveAwareness | None = None
    at_shelves: Mapping[tuple[str, str], float] = field(default_factory=dict)

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

    def split_by_awareness(self, brands: list[str]) -> Agents:
        """Agents: every cell split exactly by which brands it knows.

        A brand with a column of awareness splits cells even where everyone knows it: so agents are
        the same whatever a campaign reaches, and only their weights differ.

        Parameters
        ----------
        brands : list of str
            Those on sale.

        Returns
        -------
        Agents
            Arrays over agents (I,).

        References
        ----------
        Goeree, M. S. (2008), Limited information and advertising in the U.S. personal computer
        industry, Econometrica 76(5).
        """
        limited = [b for b in brands if b in self.awareness]
        phi = self.awareness[limited].reindex(self.cells["home"], fill_value=1.0).to_numpy(float)
        chains, seen = [], list[tuple[str, str]]()
        for k, brand in enumerate(limited):
            # The shelf at which most know a brand comes first.
            shelves = sorted((part, at) for at, part in self.at_shelves.items() if at[0] == brand)
            added = [phi[:, k] + part * (1.0 - phi[:, k]) for part, _ in reversed(shelves)]
            first = len(limited) + len(seen)
            seen += [at for _, at in reversed(shelves)]
            phi = np.column_stack([phi, *added])
            chains.append((*range(first, first + len(added)), k))
        sets = consideration_sets(phi, self.selection, chains)
        types = len(sets.knows)
        rows = np.repeat(np.arange(len(self.cells)), types)
        split = sets.probability.reshape(-1)
        sigma = 0.0 if self.selection is None else self.selection.sigma
        income = self.cells["income"].to_numpy(float)
        return Agents(
            rows=rows,
            knows={b: np.tile(sets.knows[:, k], len(self.cells)) for k, b in enumerate(limited)},
            knows_at={
                at: np.tile(sets.knows[:, len(limited) + k], len(self.cells))
                for k, at in enumerate(seen)
            },
            weight=self.cells["weight"].to_numpy(float)[rows] * split,
            credit=self.cells["credit"].to_numpy(float)[rows] * split,
            taste=np.tile(sigma * sets.z, len(self.cells)),
            money=((self.income_reference / income) ** self.income_exponent)[rows],
        )


@dataclass(frozen=True, kw_only=True)
class Agents:
    """Arrays over agents (I,): the row of their cell, the brands that they know, and know at a
    channel, where that differs; weights, the utility that they have of brands that not everyone
    knows, money's weight."""

    rows: np.ndarray
    knows: dict[str, np.ndarray]
    knows_at: dict[tuple[str, str], np.ndarray]
    weight: Array
    credit: Array
    taste: Array
    money: Array

    def __len__(self) -> int:
        return len(self.weight)
