"""A merger as text, HTML, LaTeX and a workbook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
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
    "price_after": "price after",
    "price_change": "change",
    "share_before": "share",
    "share_after": "share after",
    "revenue_share_before": "share of money",
    "revenue_share_after": "share of money after",
    "margin_before": "margin",
    "margin_after": "margin after",
    "UPP": "UPP",
    "GUPPI": "GUPPI",
    "CMCR": "CMCR",
    "pass_through": "pass-through",
}
_FRACTIONS = ("price_change", "share", "revenue_share", "margin", "GUPPI", "CMCR")
#: how many offers whose outputs are moved for a proof without being asked: it takes seconds
_PROVED_AT_SIGHT = 15
_LATEX = str.maketrans(
    {x: rf"\{x}" for x in "%&_#${}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)
_MERGER_UNITS = UNITS | {
    "share_before": "of units sold",
    "share_after": "of units sold",
    "revenue_share_before": "of money spent on these",
    "revenue_share_after": "of money spent on these",
    "margin_observed": "fraction of price, taxes taken off",
    "margin_before": "fraction of price, taxes taken off",
    "margin_after": "fraction of price, taxes taken off",
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
    size: float

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

    def to_html(self) -> str:
        """The same as HTML: a table of products, and what is one number below it.

        Returns
        -------
        str
            Of a page's body.
        """
        numbers = pd.DataFrame(self._numbers()).to_html(header=False, index=False, border=0)
        doubts = "".join(f"<p>{escape(sentence)}</p>" for sentence in self._doubts())
        return (
            f"<h3>{escape(self.title)}</h3>\n{self._shown().to_html(border=0)}\n{numbers}\n{doubts}"
        )

    def _repr_html_(self) -> str:
        return self.to_html()

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
        """Write a workbook: products, firms, what is one number, what was calibrated and assumed,
        doubts, with units.

        Parameters
        ----------
        path : path
            Of the workbook (.xlsx).
        """
        market = self.summary.to_frame().T.reset_index(drop=True)
        assumed = [("what", self.simulation.event), *self.assumptions.as_text()]
        assumed += [(name, f"{x:.6g}") for name, x in self.simulation.model.parameters.items()]
        assumed += [("doubtful", sentence) for sentence in self._doubts()]
        sheets = {
            "offers": self.offers,
            "firms": self.firms,
            "market": market,
            "assumptions": pd.DataFrame(assumed, columns=["name", "value"]),
        }
        units = {
            name: unit.replace("money a period", f"money {self._whole}")
            for name, unit in _MERGER_UNITS.items()
        }
        write_workbook(path, sheets, units)

    @property
    def _whole(self) -> str:
        """What amounts are of, where no size of the market is given."""
        if self.size != 1:
            return "a period"
        return (
            "for each unit of money spent" if self.simulation.model.counts_money else "a consumer"
        )

    def _shown(self) -> pd.DataFrame:
        """Columns that say something, as text; shares are of what demand divides."""
        hidden = "share_" if self.simulation.model.counts_money else "revenue_share_"
        names = [name for name in _SHOWN if not name.startswith(hidden)]
        text = as_text(self.offers[names].dropna(axis=1, how="all"))
        text.index = text.index.rename(None)
        text.columns = pd.Index([_SHOWN[name] for name in text.columns])
        return text

    def _numbers(self) -> list[tuple[str, str]]:
        s = self.summary
        harm = float(s["compensating_variation"])
        return [
            *((label, f"{x:.4g}") for label, x in self.simulation.model.parameters.items()),
            ("HHI before", f"{s['hhi_before']:,.0f}"),
            ("HHI after, at shares of before", f"{s['hhi_after']:,.0f}"),
            ("mean price change of the parties", f"{s['parties_price_change']:.1%}"),
            (
                f"compensating variation {self._whole} (positive is harm)",
                "" if np.isnan(harm) else f"{harm:.4g}",
            ),
            (f"producer surplus {self._whole}, change", f"{s['producer_surplus']:.4g}"),
        ]


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Fractions as percent, HHIs whole, others to four digits, nothing for what is not known.

    Of a table whose rows are numbers of several kinds, those of price changes are fractions.
    """
    text = frame.astype(object).copy()
    for column in frame.columns:
        text[column] = [
            _cell(x, str(row) if "price_change" in str(row) else str(column))
            for row, x in frame[column].items()
        ]
    return text


def _cell(x: object, name: str) -> str:
    if isinstance(x, bool | np.bool_) or not isinstance(x, int | float | np.number):
        return str(x)
    number = float(x)
    if np.isnan(number):
        return ""
    if name.startswith(_FRACTIONS) or "price_change" in name:
        return f"{number:.1%}"
    return f"{number:,.0f}" if name.startswith("hhi") else f"{number:.4g}"
