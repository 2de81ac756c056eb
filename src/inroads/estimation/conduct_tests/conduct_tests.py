"""The result of a test of conduct: tables as in papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.estimation.conduct_tests.pair_statistics import PairStatistics, critical_values

_SIZES = (("size_125", "12.5"), ("size_10", "10"), ("size_075", "7.5"))
_POWERS = (("power_50", "50"), ("power_75", "75"), ("power_95", "95"))


@dataclass(frozen=True, kw_only=True)
class InstrumentSet:
    """One set of instruments: its formula, and statistics of all pairs."""

    formula: str
    statistics: PairStatistics


@dataclass(frozen=True, kw_only=True, repr=False)
class ConductTests(Displayed):
    """Tests of models of conduct against each other.

    Parameters
    ----------
    models : tuple of str
        Names.
    sets : mapping
        By name of instruments: formula and statistics.
    markups, costs : DataFrame
        What each model implies of every product, money a unit.
    demand_error : bool
        Whether the sampling error of demand counts.
    errors : str
        What was assumed of errors.
    """

    models: tuple[str, ...]
    sets: Mapping[str, InstrumentSet]
    markups: pd.DataFrame
    costs: pd.DataFrame
    demand_error: bool
    errors: str

    def _card(self) -> Card:
        models = counted(len(self.models), "model")
        return Card(
            line=f"ConductTests of {models} with {counted(len(self.sets), 'set')} of instruments",
            table=self.to_frame(),
            next_steps=("tests.summary()", "tests.confidence_set()", "tests.to_latex()"),
        )

    def to_frame(self) -> pd.DataFrame:
        """Every pair of models with every set of instruments.

        Returns
        -------
        DataFrame
            T above zero speaks for `second`, below for `first`, p of both sides; F, rho and the
            number of instruments; size, the largest distortion (percent) of a test at 5 percent
            that F still allows (nan: more than 12.5), and power, the most that F assures (nan:
            less than 50), against the most favourable alternative.
        """
        from scipy.special import ndtr

        rows = []
        for label, tested in self.sets.items():
            s = tested.statistics
            for a, b in combinations(range(len(self.models)), 2):
                limits = critical_values(s.instruments, s.rho[a, b])
                sizes = [float(n) for key, n in _SIZES if s.F[a, b] >= limits[key]]
                powers = [float(n) for key, n in _POWERS if s.F[a, b] >= limits[key]]
                rows.append(
                    {
                        "instruments": label,
                        "first": self.models[a],
                        "second": self.models[b],
                        "T": s.T[a, b],
                        "p": 2 * float(ndtr(-abs(s.T[a, b]))),
                        "F": s.F[a, b],
                        "rho": s.rho[a, b],
                        "count": s.instruments,
                        "size": min(sizes, default=np.nan),
                        "power": max(powers, default=np.nan),
                    }
                )
        return pd.DataFrame(rows)

    def p_values(self) -> pd.DataFrame:
        """p values of the model confidence set.

        Returns
        -------
        DataFrame
            A row a model, a column a set of instruments.
        """
        columns = {label: tested.statistics.p for label, tested in self.sets.items()}
        return pd.DataFrame(columns, index=pd.Index(self.models, name="model"))

    def confidence_set(self, level: float = 0.95) -> dict[str, list[str]]:
        """Models that are not rejected, by set of instruments.

        Parameters
        ----------
        level : float
            With this probability the set holds the model that fits best.

        Returns
        -------
        dict of lists
            Names of models.

        Raises
        ------
        InputError
            For a level that is none.
        """
        if not 0 < level < 1:
            raise refuse(
                expected="a level above 0 and below 1",
                found=repr(level),
                where="confidence_set",
                remedy="give 0.95, say.",
            )
        p = self.p_values()
        return {label: list(p.index[p[label] >= 1 - level]) for label in p}

    def summary(self) -> str:
        """The tests as plain text.

        Returns
        -------
        str
            A table of pairs, then what the confidence set holds.
        """
        table = self.to_frame().to_string(index=False, float_format=lambda x: f"{x:.4g}")
        demand = "counted" if self.demand_error else "NOT counted"
        lines = [table, f"errors {self.errors}; sampling error of demand {demand}"]
        for label, names in self.confidence_set().items():
            lines.append(f"{label}: not rejected at 5 percent: {', '.join(names)}")
        weak = self.to_frame()
        for label, rows in weak[weak["power"].isna()].groupby("instruments", sort=False):
            pairs = rows["first"] + " and " + rows["second"]
            lines.append(f"{label}: too weak to tell apart {', '.join(pairs)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def to_latex(self) -> str:
        """The tests as LaTeX tabulars (booktabs), one a set of instruments.

        Returns
        -------
        str
            T above the diagonal, F in brackets below it, stars for size at most 12.5, 10 and 7.5
            percent, daggers for power of 50, 75 and 95 percent; last the p value of the confidence
            set.
        """
        return "\n".join(self._tabular(label) for label in self.sets)

    def _tabular(self, label: str) -> str:
        from inroads.estimation.printing import escaped

        s, names = self.sets[label].statistics, self.models
        heads = " & ".join(escaped(name) for name in names[1:])
        lines = [
            f"\\begin{{tabular}}{{l{'r' * len(names)}}}",
            "\\toprule",
            f"{escaped(label)} & {heads} & $p$ \\\\",
            "\\midrule",
        ]
        for a, name in enumerate(names):
            cells = [f"${s.T[a, b]:.2f}$" if b > a else "" for b in range(1, len(names))]
            below = [self._strength(s, a, b) if b > a else "" for b in range(1, len(names))]
            lines.append(f"{escaped(name)} & {' & '.join(cells)} & ${s.p[a]:.2f}$ \\\\")
            lines.append(f" & {' & '.join(below)} & \\\\")
        return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"

    def _strength(self, s: PairStatistics, a: int, b: int) -> str:
        limits = critical_values(s.instruments, s.rho[a, b])
        stars = sum(bool(s.F[a, b] >= limits[key]) for key, _ in _SIZES)
        daggers = sum(bool(s.F[a, b] >= limits[key]) for key, _ in _POWERS)
        marks = "*" * stars + "\\dagger" * daggers
        return f"$({s.F[a, b]:.1f})^{{{marks}}}$" if marks else f"$({s.F[a, b]:.1f})$"
