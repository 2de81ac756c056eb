"""The command that simulates a merger from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Option

from inroads.cli.base import app, errors_as_messages, literal, out
from inroads.errors import refuse

_WRITERS = (".xlsx", ".tex", ".html", ".csv")


@app.command(
    epilog="Example: [bold]inroads merger beer.csv --party Amsel --party Brandl --grid[/bold]"
)
def merger(
    table: Annotated[
        Path,
        typer.Argument(help="product_ids, firm_ids, prices, shares, margins (.csv, .xlsx, ...)."),
    ],
    party: Annotated[list[str], Option(help="A firm that merges; give two or more.")],
    demand: Annotated[str, Option(help="logit, nested logit, ces, linear, aids, ...")] = "logit",
    conduct: Annotated[
        str, Option(help="bertrand, cournot, second score, bargaining, ...")
    ] = "bertrand",
    outside: Annotated[str, Option(help="rest, none or unknown.")] = "rest",
    market_elasticity: Annotated[float | None, Option(help="Of all sales, below 0.")] = None,
    buyer_weight: Annotated[float | None, Option(help="For bargaining: 0 to below 1.")] = None,
    leader: Annotated[list[str] | None, Option(help="A firm that leads, for stackelberg.")] = None,
    efficiency: Annotated[float, Option(help="Of the parties' costs: 0.05 is 5 percent.")] = 0.0,
    divest: Annotated[list[str] | None, Option(help='A remedy: "PRODUCT:FIRM".')] = None,
    size: Annotated[float, Option(help="Of the market: consumers, or money.")] = 1.0,
    grid: Annotated[bool, Option("--grid", help="Also other demands and conducts.")] = False,
    divestitures: Annotated[
        bool, Option("--divestitures", help="Also every single divestiture.")
    ] = False,
    write: Annotated[
        Path | None, Option(help="Write the tables: .xlsx, .tex, .html or .csv.")
    ] = None,
) -> None:
    """Simulate a merger: prices, shares, margins, concentration, screens, remedies."""
    with errors_as_messages():
        import inroads as ir

        # What can be refused is, before any work is done.
        if write is not None and write.suffix.lower() not in _WRITERS:
            raise refuse(
                expected=f"a file ending in {', '.join(_WRITERS)}",
                found=str(write),
                where="--write",
                remedy="correct the option.",
            )
        result = ir.merger(
            table,
            party,
            demand=demand,
            conduct=conduct,
            outside=outside,
            market_elasticity=market_elasticity,
            buyer_weight=buyer_weight,
            leaders=leader or (),
            efficiencies=efficiency,
            remedies=dict(_pair(text) for text in divest or []),
            size=size,
        )
        out.print(literal(str(result)), soft_wrap=True)
        if divestitures:
            text = result.single_divestitures().to_string(index=False)
            out.print(literal(f"\nSingle divestitures\n{text}"), soft_wrap=True)
        if grid:
            shown = result.robustness().drop(columns="why_blank").to_string(na_rep="")
            out.print(literal(f"\nOther demands and conducts\n{shown}"), soft_wrap=True)
        if write is not None:
            _write(result, write)
            out.print(literal(f"\nTables: {write}"), soft_wrap=True)


def _pair(text: str) -> tuple[str, str]:
    product, colon, firm = text.rpartition(":")
    if not (product.strip() and colon):
        raise refuse(
            expected="PRODUCT:FIRM",
            found=text,
            where="--divest",
            remedy="correct the option.",
        )
    return product.strip(), firm.strip()


def _write(result: Any, path: Path) -> None:
    match path.suffix.lower():
        case ".xlsx":
            result.to_excel(path)
        case ".tex":
            path.write_text(result.to_latex(), encoding="utf-8")
        case ".html":
            path.write_text(result._repr_html_(), encoding="utf-8")
        case _:
            result.offers.to_csv(path)
