"""Several estimates side by side: text, HTML, LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.estimation.printing import escaped
from inroads.estimation.results import Estimate

_FOOT = ("Objective", "Products", "Markets", "Overidentification, p", "Errors")


@dataclass(frozen=True, kw_only=True, repr=False)
class EstimateTable(Displayed):
    """Estimates side by side; `ir.table`.

    Parameters
    ----------
    fits : mapping of str to Estimate
        By the heads of their columns.
    parameters : tuple of str
        Rows.
    """

    fits: Mapping[str, Estimate]
    parameters: tuple[str, ...]

    def _card(self) -> Card:
        return Card(
            line=f"EstimateTable of {counted(len(self.fits), 'estimate')}",
            table=self.to_frame(),
            next_steps=("table.to_latex()", "table.to_html()"),
        )

    def to_frame(self) -> pd.DataFrame:
        """Numbers as they are.

        Returns
        -------
        DataFrame
            A row a parameter; columns (estimate's name, "estimate" or "standard_error").
        """
        columns = {}
        for name, fit in self.fits.items():
            columns[name, "estimate"] = fit.params.reindex(self.parameters)
            columns[name, "standard_error"] = fit.standard_errors.reindex(self.parameters)
        return pd.DataFrame(columns, index=pd.Index(self.parameters, name="parameter"))

    def __str__(self) -> str:
        rows = [["", *self.fits]]
        for name, estimates, errors in self._rows():
            rows += [[name, *estimates], ["", *errors]]
        rows += [[name, *cells] for name, cells in self._foot()]
        first, *others = (max(len(row[k]) for row in rows) for k in range(len(rows[0])))
        lines = []
        for name, *cells in rows:
            padded = [cell.rjust(width) for cell, width in zip(cells, others, strict=True)]
            lines.append("  ".join([name.ljust(first), *padded]).rstrip())
        return "\n".join(lines)

    def to_html(self) -> str:
        """The table as HTML.

        Returns
        -------
        str
            A <table>, standard errors in brackets below estimates.
        """
        head = "".join(f"<th>{escape(name)}</th>" for name in self.fits)
        body = [
            f"<tr><th>{escape(name)}</th>"
            + "".join(
                f"<td>{escape(estimate)}<br>{escape(error)}</td>"
                for estimate, error in zip(estimates, errors, strict=True)
            )
            + "</tr>"
            for name, estimates, errors in self._rows()
        ]
        foot = [
            f"<tr><th>{escape(name)}</th>"
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, cells in self._foot()
        ]
        parts = [f"<thead><tr><th></th>{head}</tr></thead>", *body, *foot]
        return "<table>\n" + "\n".join(parts) + "\n</table>"

    def to_latex(self) -> str:
        """The table as a LaTeX tabular (booktabs).

        Returns
        -------
        str
            Standard errors in brackets below estimates.
        """
        lines = [
            f"\\begin{{tabular}}{{l{'r' * len(self.fits)}}}",
            "\\toprule",
            " & ".join(["", *map(escaped, self.fits)]) + " \\\\",
            "\\midrule",
        ]
        for name, estimates, errors in self._rows():
            lines.append(" & ".join([escaped(name), *map(_math, estimates)]) + " \\\\")
            lines.append(" & ".join(["", *map(_math, errors)]) + " \\\\")
        lines.append("\\midrule")
        for name, cells in self._foot():
            lines.append(" & ".join([escaped(name), *map(escaped, cells)]) + " \\\\")
        return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"

    def _rows(self) -> list[tuple[str, list[str], list[str]]]:
        """Of each parameter: its name, estimates, standard errors in brackets; blank where none."""
        rows = []
        for name in self.parameters:
            estimates, errors = [], []
            for fit in self.fits.values():
                is_there = name in fit.params.index
                error = fit.standard_errors[name] if is_there else np.nan
                estimates.append(_number(fit.params[name]) if is_there else "")
                brackets = f"({_number(error)})" if np.isfinite(error) else "(--)"
                errors.append(brackets if is_there else "")
            rows.append((name, estimates, errors))
        return rows

    def _foot(self) -> list[tuple[str, list[str]]]:
        fits = list(self.fits.values())
        cells = (
            [_number(fit.objective) for fit in fits],
            [f"{len(fit.panel):,}" for fit in fits],
            [f"{len(fit.panel.markets):,}" for fit in fits],
            [
                _number(fit.overidentification.p) if fit.overidentification.degrees else ""
                for fit in fits
            ],
            [str(fit.errors) for fit in fits],
        )
        return list(zip(_FOOT, cells, strict=True))


def table(
    fits: Sequence[Estimate] | Mapping[str, Estimate],
    *,
    parameters: Sequence[str] | None = None,
) -> EstimateTable:
    """Estimates side by side, as papers print them.

    Parameters
    ----------
    fits : sequence or mapping of Estimate
        By the heads of their columns; (1), (2), ... unless named.
    parameters : sequence of str, optional
        Rows, in this order; all that any estimate has unless given.

    Returns
    -------
    EstimateTable
        Text as it is printed, HTML in a notebook and by `to_html`, LaTeX by `to_latex`.

    Raises
    ------
    InputError
        For what is no estimate, and parameters that none has.
    """
    by_name = fits if isinstance(fits, Mapping) else {f"({k})": f for k, f in enumerate(fits, 1)}
    strangers = [f for f in by_name.values() if not isinstance(f, Estimate)]
    if strangers or not by_name:
        raise refuse(
            expected="estimates, as ir.estimate gives them",
            found=repr(strangers[0])[:80] if strangers else "none",
            where="table",
            remedy="write ir.table([fit1, fit2]), or ir.table({'logit': fit1, 'BLP': fit2}).",
        )
    known_names = list(dict.fromkeys(n for fit in by_name.values() for n in fit.params.index))
    shown = known_names if parameters is None else list(parameters)
    unknown = [n for n in shown if n not in known_names]
    if unknown:
        raise refuse(
            expected=f"names of parameters ({', '.join(known_names)})",
            found=repr(unknown[0]),
            where="parameters",
            remedy="correct the name.",
        )
    return EstimateTable(fits=dict(by_name), parameters=tuple(shown))


def _number(x: float) -> str:
    return f"{x:.4g}"


def _math(cell: str) -> str:
    return f"${cell}$" if cell and "--" not in cell else cell
