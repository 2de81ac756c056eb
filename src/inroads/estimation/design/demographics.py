"""Demographics of consumers as arrays, those that differ by product (a distance) among them.

What a formula calls distance, and agents have as distance0, distance1, ..., is of each product of
the agent's market, in the order of the market's rows, as in PyBLP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.errors import InputError, Problem, refuse
from inroads.estimation.design.formula_columns import formula_matrix, mentions, plain_name
from inroads.estimation.design.panel_arrays import availability
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.grammar import columns_of, parse
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers


@dataclass(frozen=True)
class ByProduct:
    """Demographics that differ by product.

    values (A, J, V) by the product's place in the agent's market, zero beyond its last and where
    the agent cannot choose; columns (V,): which of all demographics they are.
    """

    values: Array
    columns: tuple[int, ...]

    @property
    def squares(self) -> Array:
        """Sums (V,) over agents of the mean square over places."""
        return np.asarray((self.values**2).mean(axis=1).sum(axis=0))


@dataclass(frozen=True)
class Demographics:
    """Columns (A, D) of a formula over agents, zero where they differ by product, and their names;
    by_product has those that do, if any."""

    matrix: Array
    names: tuple[str, ...]
    by_product: ByProduct | None = None


def read_demographics(
    formula: str | None, panel: Panel, *, fixed_on: Panel | None = None, whole: bool = True
) -> Demographics:
    """The columns of a formula over a panel's agents.

    fixed_on: the panel on which curves and categories were fixed, this one unless given. whole:
    whether the panel is all there is, so that columns beyond its largest market are a mistake.
    Raises InputError for formulas at fault and for columns by product that are missing, blank, or
    one too many.
    """
    agents, first = panel.agents, fixed_on or panel
    if formula is None or agents is None or first.agents is None:
        return Demographics(np.zeros((0 if agents is None else len(agents), 0)), ())
    stems = stems_by_product(formula, agents)
    if not stems:
        if fixed_on is None:
            return Demographics(*formula_matrix(formula, agents, panel.agent_rows))
        spec = design_matrix(formula, first.agents)[1]
        matrix = apply(spec, agents)
        return Demographics(matrix.to_numpy(float), tuple(map(plain_name, matrix.columns)))
    own = _Pairs(panel, stems)
    own.check(whole)
    first_pairs = own if fixed_on is None else _Pairs(fixed_on, stems)
    by_pair, of_pairs = design_matrix(formula, first_pairs.table, first_pairs.rows)
    by_agent, of_agents = design_matrix(formula, first_pairs.at_first, first.agent_rows)
    if fixed_on is not None:
        by_pair, by_agent = apply(of_pairs, own.table), apply(of_agents, own.at_first)
    columns = list(map(str, by_pair.columns))
    differing = tuple(k for k, name in enumerate(columns) if _names_any(name, stems))
    matrix = np.zeros((len(agents), len(columns)))
    values = np.zeros((*own.inside.shape, len(differing)))
    for k, name in enumerate(columns):
        if k in differing:
            values[own.inside, differing.index(k)] = by_pair[name].to_numpy(float)
        else:
            matrix[:, k] = by_agent[name].to_numpy(float)
    return Demographics(matrix, tuple(map(plain_name, columns)), ByProduct(values, differing))


def demographics_at(
    formula: str, panel: Panel, rows: np.ndarray, given: Mapping[str, Array]
) -> Array:
    """Columns (I, D) for agents (I,) of a panel at other values of what differs by product."""
    assert panel.agents is not None
    spec = design_matrix(formula, _Pairs(panel, list(given)).table)[1]
    return np.asarray(apply(spec, panel.agents.iloc[rows].assign(**given)).to_numpy(float))


def stems_by_product(formula: str, agents: pd.DataFrame) -> list[str]:
    """Names in a formula that agents have a column a product of: distance for distance0, ..."""
    names = dict.fromkeys(map(str, agents.columns))
    stems = [n[:-1] for n in names if n.endswith("0") and n[:-1] not in names and n[:-1] in formula]
    stems = list(filter(None, stems))
    if not stems:
        return []
    tree, spelt = parse(formula, pd.DataFrame(columns=[*names, *stems]))
    return [name for name in dict.fromkeys(map(spelt.column, columns_of(tree))) if name in stems]


def _names_any(column: str, stems: list[str]) -> bool:
    """Whether the name of a formula's column mentions one of these."""
    return any(mentions(column, stem) or f"`{stem}`" in column for stem in stems)


class _Pairs:
    """Agents and the products of their markets, a row a pair, in the order of agents.

    inside (A, J): which places are products that the agent can choose. rows: what messages call
    pairs.
    """

    def __init__(self, panel: Panel, stems: list[str]) -> None:
        assert panel.agents is not None
        self.agents, self.stems = panel.agents, stems
        sizes = panel.products["market_ids"].value_counts()
        self.largest = sizes.index[0]
        J = int(sizes.iloc[0])
        own = self.agents["market_ids"].map(sizes).to_numpy(int)
        self.inside: Mask = np.arange(J) < own[:, None]
        open_to = availability(panel)
        if open_to is not None:
            self.inside = self.inside & open_to[:, :J]
        self.columns = {stem: [f"{stem}{j}" for j in range(J)] for stem in stems}
        self._check_there()
        self.who, self.places = np.nonzero(self.inside)
        self._agent_rows = np.array(row_numbers(self.agents, panel.agent_rows))
        self.rows = self._agent_rows[self.who]

    @cached_property
    def table(self) -> pd.DataFrame:
        """What a formula may name, a row a pair."""
        everywhere = {c for columns in self.columns.values() for c in columns}
        table = self.agents[[c for c in self.agents if str(c) not in everywhere]]
        cells = {stem: self.agents[columns].to_numpy() for stem, columns in self.columns.items()}
        values = {stem: pd.Series(c[self.inside]).infer_objects() for stem, c in cells.items()}
        return table.iloc[self.who].reset_index(drop=True).assign(**values)

    @cached_property
    def at_first(self) -> pd.DataFrame:
        """The same for some product of each agent's, a row an agent."""
        pair = np.minimum(np.searchsorted(self.who, np.arange(len(self.agents))), len(self.who) - 1)
        return self.agents.assign(
            **{stem: self.table[stem].to_numpy()[pair] for stem in self.stems}
        )

    def check(self, whole: bool) -> None:
        """Refuse blank cells and, of a panel that is whole, columns beyond its largest market."""
        J = self.inside.shape[1]
        for stem in self.stems:
            beyond = f"{stem}{J}"
            if whole and beyond in self.agents and self.agents[beyond].notna().any():
                raise refuse(
                    expected=f"{stem}0 to {stem}{J - 1}: the largest market ({self.largest}) has "
                    f"{J} products",
                    found=f"a column '{beyond}' too",
                    where="agents",
                    remedy="drop it, if the columns still follow the order of each market's rows; "
                    "products that were left out leave a column behind.",
                )
        problems = [
            Problem(
                file="agents",
                row=int(self._agent_rows[agent]),
                column=columns[place],
                value=None,
                expected="a value for each product that the agent can choose",
                remedy="fill in the cell, or say by availability0, ... who cannot choose what.",
            )
            for columns in self.columns.values()
            for agent, place in np.argwhere(self.inside & self.agents[columns].isna().to_numpy())[
                :20
            ]
        ]
        if problems:
            raise InputError(problems)

    def _check_there(self) -> None:
        for stem, columns in self.columns.items():
            absent = [c for c in columns if c not in self.agents]
            if absent:
                raise refuse(
                    expected=f"{stem}0 to {columns[-1]}, a column for each product of a market "
                    f"({self.largest} has {len(columns)})",
                    found=f"no {absent[0]}",
                    where="agents",
                    remedy="add the columns, in the order of each market's rows, or let "
                    "ir.append_demographics make them of a table of pairs.",
                )
