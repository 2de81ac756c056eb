"""An estimate in words and tables: plain text, the terminal, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.estimation.inference.warnings import outside_the_model, weak_instruments
from inroads.tables.workbook import write_workbook

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# Beyond it efficient weights have lost half of their digits.
_NEARLY_SINGULAR = 1e8
_SPECIAL = re.compile(r"([&%$#_{}])")


class Printed(Displayed):
    """An estimate that says what it found: `Estimate` is one."""

    def to_frame(self) -> pd.DataFrame:
        """Estimates as a table.

        Returns
        -------
        DataFrame
            estimate, standard_error, low and high (95 percent, `conf_int`), a row a parameter.
        """
        estimate = cast("Estimate", self)
        numbers = {"estimate": estimate.params, "standard_error": estimate.standard_errors}
        return pd.DataFrame(numbers).join(estimate.conf_int())

    def summary(self) -> str:
        """The estimates as plain text.

        Returns
        -------
        str
            A table, and how the search ended.
        """
        return plain(cast("Estimate", self))

    def to_latex(self, names: Sequence[str] | None = None) -> str:
        """The estimates as a LaTeX tabular (booktabs), standard errors in brackets below.

        Parameters
        ----------
        names : sequence of str, optional
            Which parameters, in this order; all unless given.

        Returns
        -------
        str
            LaTeX.
        """
        return latex(cast("Estimate", self), names)

    def to_excel(self, path: str | PathLike[str]) -> None:
        """Write a workbook: parameters, products (elasticities, costs) and how the search ended.

        Parameters
        ----------
        path : path
            Of the workbook (.xlsx).
        """
        estimate = cast("Estimate", self)
        parameters = self.to_frame().rename_axis("parameter")
        tables = {
            "parameters": parameters.astype(float),
            "products": estimate.frame(),
            "notes": pd.DataFrame({"note": notes(estimate)}),
        }
        write_workbook(path, tables, {"markup": "fraction of price", "cost": "money a unit"})

    def elasticity_chart(self, market: object) -> Any:
        """Elasticities of a market as a heat map.

        Parameters
        ----------
        market : object
            One of market_ids.

        Returns
        -------
        altair.LayerChart or altair.Chart
            Row j, column k: percent change of j's share for one percent on k's price.
        """
        from inroads.charts.heat_map import heat_map

        table = cast("Estimate", self).elasticities(market)
        return heat_map(table, f"Elasticities, {market}", rows="share of", columns="price of")

    def diversion_chart(self, market: object) -> Any:
        """Diversion in a market as a heat map.

        Parameters
        ----------
        market : object
            One of market_ids.

        Returns
        -------
        altair.LayerChart or altair.Chart
            Row j, column k: the fraction of j's lost buyers that goes to k; last to none.
        """
        from inroads.charts.heat_map import heat_map

        table = cast("Estimate", self).diversion(market)
        return heat_map(table, f"Diversion, {market}", rows="from", columns="to")

    def margin_chart(self) -> Any:
        """Distributions of implied costs and markups over all products.

        Returns
        -------
        altair.HConcatChart
            Costs in money; markups as fractions of price; own elasticities.
        """
        from inroads.charts.distributions import histograms

        frame = cast("Estimate", self).frame()
        names = {"cost": "cost", "markup": "markup", "own_elasticity": "own elasticity"}
        return histograms({title: frame[name].to_numpy() for name, title in names.items()})

    def __str__(self) -> str:
        return self.summary()

    def _card(self) -> Card:
        estimate = cast("Estimate", self)
        return Card(
            line=f"Estimate of {counted(len(estimate.params), 'parameter')}, objective "
            f"{estimate.objective:.8g}, {estimate.status.value}",
            table=self.to_frame(),
            next_steps=("fit.summary()", "fit.elasticities()", "fit.market(id)", "fit.to_latex()"),
        )

    def __rich__(self) -> Any:
        return rich(cast("Estimate", self))


def plain(estimate: Estimate) -> str:
    """A table, then how the search ended and what is to be known."""
    table = str(estimate.to_frame().to_string(float_format=_number))
    return table + "\n" + "\n".join(notes(estimate))


def notes(estimate: Estimate) -> list[str]:
    """How the search ended and what is to be known of the numbers, a line each."""
    lines = [
        f"{len(estimate.panel)} products, {len(estimate.panel.markets)} markets; "
        f"{estimate.steps}-step GMM; weights {_weights(estimate)}, standard errors "
        f"{estimate.errors}",
        f"objective {estimate.objective:.8g}; {_search_end(estimate)} after {estimate.evaluations} "
        f"evaluations, {estimate.residual:.1e} from where a step gains nothing",
        str(estimate.overidentification),
    ]
    if len(estimate.searches) > 1:
        lines.append(_starts(estimate))
    if not estimate.panel.outside:
        lines.append("shares of those who buy: all is of choice among products, total sales held")
    lines += _at_edge(estimate) + _undetermined(estimate)
    lines += outside_the_model(estimate) + weak_instruments(estimate)
    if estimate.condition > _NEARLY_SINGULAR:
        lines.append(
            f"moments nearly explain each other: condition number {estimate.condition:.0e} of the "
            "covariance that weights invert; drop instruments, or use steps=1"
        )
    if len(estimate.micro):
        lines += ["micro moments:", estimate.micro_fit.to_string(float_format=_number)]
    if len(estimate.design.previous):
        first = int((estimate.design.previous < 0).sum())
        lines.append(f"{first} products without a predecessor, in no moment of innovations")
    if estimate.design.dropped:
        lines.append(f"instruments explained by others: {', '.join(estimate.design.dropped)}")
    return [*lines, *getattr(estimate.panel, "notes", ())]


def _weights(estimate: Estimate) -> str:
    if estimate.efficient:
        return "efficient"
    return "of two-stage least squares or given"


def _search_end(estimate: Estimate) -> str:
    if not estimate.converged:
        return f"NOT converged ({estimate.status.value})"
    if not estimate.at_bounds:
        return "converged"
    bounds = ", ".join(f"{name} = {estimate.params[name]:.6g}" for name in estimate.at_bounds)
    return f"converged at a bound, taken as known ({bounds})"


def _undetermined(estimate: Estimate) -> list[str]:
    """Parameters, or combinations of them, that the moments do not answer to."""
    single = [next(iter(d)) for d in estimate.unidentified_directions if len(d) == 1]
    lines = [f"NOT determined by the moments: {', '.join(single)}"] if single else []
    for direction in estimate.unidentified_directions:
        if len(direction) > 1:
            moves = ", ".join(f"{name} by {move:.3g}" for name, move in direction.items())
            lines.append(f"NOT determined by the moments: moves at once of {moves}")
    return lines


def _at_edge(estimate: Estimate) -> list[str]:
    """Standard deviations that are zero, and how large they may be."""
    high = estimate.conf_int()["high"]
    return [
        f"{name} is zero, the edge of the model: at most {high[name]:.6g} (95 percent); standard "
        f"errors of others are as if it were not known; fit.profile('{name}') says more"
        for name in estimate.at_edge
    ]


def _starts(estimate: Estimate) -> str:
    """Objectives of the starts: one optimum, several, and those that failed."""
    searches = estimate.searches
    values = searches["objective"].to_numpy(float)
    finite = values[np.isfinite(values)]
    tolerance = 1e-6 * max(1.0, float(finite.min()))
    n_lowest = int((finite < finite.min() + tolerance).sum())
    text = f"{n_lowest} of {len(values)} starts found the lowest objective of the first step"
    worse = [
        f"{v:.6g} (start {k})" for k, v in searches["objective"].items() if _is_worse(v, finite)
    ]
    text += f", {finite.min():.6g}"
    if worse:
        text += f"; others ended at {', '.join(worse)}"
    failed = [f"start {k}: {why.splitlines()[0]}" for k, why in searches["reason"].items() if why]
    return text + (f"; without an end: {'; '.join(failed)}" if failed else "")


def _is_worse(value: float, finite: Any) -> bool:
    lowest = float(finite.min())
    return bool(np.isfinite(value) and value >= lowest + 1e-6 * max(1.0, lowest))


def _number(x: float) -> str:
    return f"{x:.6g}"


def rich(estimate: Estimate) -> Any:
    """The same for rich's console: a table with a caption."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in ("estimate", "standard error", "95 percent", "interval"):
        table.add_column(name, justify="right")
    unsure = {
        *estimate.at_bounds,
        *estimate.at_edge,
        *(n for direction in estimate.unidentified_directions for n in direction),
    }
    for name, row in estimate.to_frame().iterrows():
        style = "yellow" if name in unsure else None
        table.add_row(Text(str(name)), *(_number(x) for x in row), style=style)
    lines = [Text(line, style="bold red" if "NOT " in line else "dim") for line in notes(estimate)]
    return Group(table, *lines)


def latex(estimate: Estimate, names: Sequence[str] | None = None) -> str:
    """A booktabs tabular: estimates, standard errors in brackets below."""
    shown = list(estimate.params.index) if names is None else list(names)
    unknown = [n for n in shown if n not in estimate.params.index]
    if unknown:
        raise refuse(
            expected=f"names of parameters ({', '.join(estimate.params.index)})",
            found=repr(unknown[0]),
            where="to_latex",
            remedy="correct the name.",
        )
    rows = []
    for name in shown:
        error = estimate.standard_errors[name]
        below = f"({_number(error)})" if np.isfinite(error) else "(--)"
        rows.append(f"{escaped(name)} & ${_number(estimate.params[name])}$ \\\\")
        rows.append(f" & ${below}$ \\\\")
    foot = [
        "\\midrule",
        f"Objective & ${_number(estimate.objective)}$ \\\\",
        f"Products & ${len(estimate.panel)}$ \\\\",
        f"Markets & ${len(estimate.panel.markets)}$ \\\\",
    ]
    head = ["\\begin{tabular}{lr}", "\\toprule", " & Estimate \\\\", "\\midrule"]
    return "\n".join([*head, *rows, *foot, "\\bottomrule", "\\end{tabular}"]) + "\n"


def escaped(text: str) -> str:
    """Text as LaTeX prints it."""
    text = text.replace("\\", "\\textbackslash ")
    text = _SPECIAL.sub(r"\\\1", text)
    return text.replace("~", "\\textasciitilde{}").replace("^", "\\textasciicircum{}")
