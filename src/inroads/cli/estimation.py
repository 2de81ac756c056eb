"""The command that estimates demand from tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Option

from inroads.cli.base import app, errors_as_messages, literal, out
from inroads.errors import InputError, refuse

_TABLES = (".csv", ".xlsx", ".tex")


@app.command(
    epilog='Example: [bold]inroads estimate products.csv "1 + prices" --table fit.xlsx[/bold]'
)
def estimate(
    products: Annotated[
        Path,
        typer.Argument(help="market_ids, shares, prices, ... (.csv, .parquet, .xlsx, .dta)."),
    ],
    linear: Annotated[str, typer.Argument(help='What all value alike: "1 + prices + size".')],
    absorb: Annotated[str | None, Option(help="Ids whose fixed effects are taken out.")] = None,
    random: Annotated[str | None, Option(help="What people value differently.")] = None,
    agents: Annotated[Path | None, Option(help="Weights, nodes, demographics.")] = None,
    draws: Annotated[
        int, Option(min=1, help="Agents a market, where --random has no --agents.")
    ] = 200,
    demographics: Annotated[str | None, Option(help="Formula over columns of agents.")] = None,
    nested: Annotated[bool, Option("--nested", help="nesting_ids are nests.")] = False,
    costs: Annotated[str | None, Option(help="A supply side: formula of costs.")] = None,
    linear_costs: Annotated[
        bool, Option("--linear-costs", help="Costs themselves, not their logarithm.")
    ] = False,
    start: Annotated[
        list[str] | None,
        Option(help="Where the search begins: sigma=0.5,1 or prices=-1; pi row by row."),
    ] = None,
    steps: Annotated[str, Option(help="1, 2 or iterated.")] = "2",
    rename: Annotated[list[str] | None, Option(help='A column: "Market ID=market_ids".')] = None,
    drop_zeros: Annotated[
        bool, Option("--drop-zeros", help="Leave out products with a share of 0.")
    ] = False,
    no_outside: Annotated[
        bool, Option("--no-outside", help="Shares are of those who buy, and sum to one.")
    ] = False,
    table: Annotated[
        Path | None, Option(help="Write the parameters: .csv, .tex, or .xlsx (and products).")
    ] = None,
    save: Annotated[Path | None, Option(help="Keep the estimate (.zip), for Python.")] = None,
) -> None:
    """Estimate demand, alone or with supply, by GMM on a panel of markets.

    Columns are PyBLP's: demand_instruments0, ..., firm_ids, nesting_ids, clustering_ids where used.
    """
    with errors_as_messages():
        import inroads as ir

        # What can be refused is, before any work is done.
        if table is not None and table.suffix.lower() not in _TABLES:
            raise _refused("--table", str(table), f"a file ending in {', '.join(_TABLES)}")
        initial = _starts(start or [])
        panel = ir.read_panel(
            products,
            agents,
            zeros="drop" if drop_zeros else "raise",
            columns=dict(_pair("--rename", text) for text in rename or []),
            outside=not no_outside,
        )
        demand = ir.Demand(
            linear, absorb=absorb, random=random, demographics=demographics, nested=nested
        )
        if random and agents is None:
            drawn = ir.draw_agents(panel.markets, "halton", draws, _width(random, panel))
            panel = ir.read_panel(panel.products, drawn, outside=not no_outside)
        if random and "pi" in initial:
            initial["pi"] = _rows(initial["pi"], _width(random, panel))
        fit = ir.estimate(
            demand,
            panel,
            supply=None if costs is None else ir.Supply(costs, log=not linear_costs),
            start=initial or None,
            steps=int(steps) if steps in ("1", "2") else steps,  # type: ignore[arg-type]
        )
        out.print(literal(fit.summary()), soft_wrap=True)
        if table is not None:
            _write(fit, table)
            out.print(literal(f"\nParameters: {table}"), soft_wrap=True)
        if save is not None:
            fit.save(save)
            out.print(literal(f"Estimate: {save}"), soft_wrap=True)


def _write(fit: Any, table: Path) -> None:
    match table.suffix.lower():
        case ".xlsx":
            fit.to_excel(table)
        case ".tex":
            table.write_text(fit.to_latex(), encoding="utf-8")
        case _:
            fit.to_frame().rename_axis("parameter").to_csv(table)


def _width(random: str, panel: Any) -> int:
    """How many nodes an agent has: one a column of the formula."""
    from inroads.tables.formulas import design_matrix

    matrix, _ = design_matrix(random, panel.products, panel.rows)
    return len(matrix.columns)


def _starts(texts: list[str]) -> dict[str, Any]:
    """Starting values: a number, or the diagonal of sigma."""
    initial: dict[str, Any] = {}
    for name, numbers in (_pair("--start", text) for text in texts):
        try:
            values = [float(number) for number in numbers.split(",")]
        except ValueError:
            raise _refused(
                "--start", f"{name}={numbers}", "numbers after '=': sigma=0.5,1"
            ) from None
        initial[name] = values if name == "sigma" or len(values) > 1 else values[0]
    return initial


def _rows(pi: Any, count: int) -> Any:
    """pi as a matrix with a row for each column of --random."""
    import numpy as np

    values = np.atleast_1d(pi)
    if values.size % count:
        raise _refused("--start", f"{values.size} numbers of pi", f"{count} rows of them")
    return values.reshape(count, -1)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not (name.strip() and equals and value.strip()):
        raise _refused(option, text, "NAME=VALUE")
    return name.strip(), value.strip()


def _refused(where: str, actual: str, expected: str) -> InputError:
    return refuse(expected=expected, found=actual, where=where, remedy="correct the option.")
