"""A merger as text, LaTeX and a workbook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.conduct.certificate import Certificate, MoveProof
from inroads.errors import InputError
from inroads.market.output.workbooks import UNITS
from inroads.tables.workbook import write_workbook

if TYPE_CHECKING:
    from inroads.mergers.calibrated.assumptions import Assumptions
    from inroads.mergers.simulation import Simulation

#: Columns of the printed table, and what stands above them.
_SHOWN = {
    "price_before": "price",
    "price_after": "after",
    "price_change": "change",
    "share_before": "share",
    "share_after": "after",
    "margin_before": "margin",
    "margin_after": "after",
    "UPP": "UPP",
    "GUPPI": "GUPPI",
    "CMCR": "CMCR",
    "pass_through": "pass-through",
}
_FRACTIONS = ("price_change", "share", "margin", "GUPPI", "CMCR")
#: how many offers whose outputs are moved for a proof without being asked: it takes seconds
_PROVED_AT_SIGHT = 15
_LATEX = str.maketrans({"%": r"\%", "&": r"\&", "_": r"\_", "#": r"\#", "$": r"\$"})
_MERGER_UNITS = UNITS | {
    "share_before": "of units sold",
    "share_after": "of units sold",
    "margin_observed": "fraction of price",
    "margin_before": "fraction of price",
    "margin_after": "fraction of price",
    "pass_through": "money a unit, for money a unit of own cost",
    "parties_price_change": "fraction",
    "hhi_in_equilibrium": "0 to 10,000",
    "hhi_change": "0 to 10,000",
    "total_surplus": "money a period, its change",
    "tax_revenue": "money a period, its change",
    "profit_before": "money a period",
    "profit_after": "money a period",
}


class MergerTables(ABC):
    """How a `Merger` is written down."""

    assumptions: Assumptions
    simulation: Simulation
    doubts: tuple[str, ...]

    @property
    @abstractmethod
    def offers(self) -> pd.DataFrame:
        """A row a product."""

    @property
    @abstractmethod
    def firms(self) -> pd.DataFrame:
        """A row a firm."""

    @property
    @abstractmethod
    def summary(self) -> pd.Series:
        """What is one number for the market."""

    @property
    @abstractmethod
    def certificates(self) -> tuple[Certificate | MoveProof, Certificate | MoveProof]:
        """Before and after; InputError where there is none."""

    @property
    def title(self) -> str:
        """Who merges, and under what demand and conduct."""
        return f"{self.simulation.event}: {self.assumptions.demand}, {self.assumptions.conduct}"

    def __str__(self) -> str:
        """The table and what is one number, as text."""
        width = max(len(label) for label, _ in self._numbers())
        lines = [f"{label:<{width}}  {value:>12}" for label, value in self._numbers()]
        table = self._shown()
        table.columns.name = None
        return "\n".join([self.title, "", table.to_string(), "", *lines, *self._doubts()])

    def _doubts(self) -> list[str]:
        """What is doubtful of the calibration, and what a certificate has against the outcome after
        the merger, if anything."""
        doubtful = [f"Doubtful: {sentence}." for sentence in self.doubts]
        if self.assumptions.conduct == "cournot" and len(self.offers) > _PROVED_AT_SIGHT:
            return doubtful
        try:
            refutation = self.certificates[1].refutation
        except InputError:
            return doubtful
        return [*doubtful, f"Not certified: {refutation}."] if refutation else doubtful

    def to_latex(self) -> str:
        """The table of products, and what is one number below it, for LaTeX with booktabs.

        Returns
        -------
        str
            A tabular.
        """
        table = self._shown()
        count = len(table.columns)
        heads = " & ".join(["", *(str(name).translate(_LATEX) for name in table.columns)])
        rows = [
            " & ".join([str(name).translate(_LATEX), *(str(x).translate(_LATEX) for x in row)])
            for name, row in zip(table.index, table.to_numpy(), strict=True)
        ]
        below = [
            rf"\multicolumn{{{count}}}{{l}}{{{label.translate(_LATEX)}}} & "
            + value.translate(_LATEX)
            for label, value in self._numbers()
        ]
        lines = [rf"\begin{{tabular}}{{l{'r' * count}}}", r"\toprule", heads + r" \\", r"\midrule"]
        lines += [row + r" \\" for row in rows]
        lines += [r"\midrule", *(row + r" \\" for row in below), r"\bottomrule", r"\end{tabular}"]
        return "\n".join(lines) + "\n"

    def to_excel(self, path: str | PathLike[str]) -> None:
        """Write a workbook: products, firms, what is one number, with their units.

        Parameters
        ----------
        path : path
            Of the workbook (.xlsx).
        """
        market = self.summary.to_frame().T.reset_index(drop=True)
        sheets = {"offers": self.offers, "firms": self.firms, "market": market}
        write_workbook(path, sheets, _MERGER_UNITS)

    def _shown(self) -> pd.DataFrame:
        """Columns that say something, as text; one head may stand above two."""
        table = self.offers[list(_SHOWN)].dropna(axis=1, how="all")
        text = pd.DataFrame(index=table.index.rename(None))
        for name in table.columns:
            form = "{:.1%}" if name.startswith(_FRACTIONS) else "{:.4g}"
            text[name] = [form.format(x) if np.isfinite(x) else "" for x in table[name]]
        text.columns = pd.Index([_SHOWN[name] for name in text.columns])
        return text

    def _numbers(self) -> list[tuple[str, str]]:
        s = self.summary
        return [
            *((label, f"{x:.4g}") for label, x in self.simulation.model.parameters.items()),
            ("HHI before", f"{s['hhi_before']:,.0f}"),
            ("HHI after, at shares of before", f"{s['hhi_after']:,.0f}"),
            ("mean price change of the parties", f"{s['parties_price_change']:.1%}"),
            ("compensating variation (positive is harm)", f"{s['compensating_variation']:.4g}"),
            ("producer surplus, change", f"{s['producer_surplus']:.4g}"),
        ]
