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
    party: Annotated[
        list[str], Option(help="A firm that merges, the acquirer first; give two or more.")
    ],
    demand: Annotated[str, Option(help="logit, nested logit, ces, linear, aids, ...")] = "logit",
    conduct: Annotated[
        str, Option(help="bertrand, cournot, second score, bargaining, ...")
    ] = "bertrand",
    outside: Annotated[str, Option(help="rest, none or unknown.")] = "rest",
    rho: Annotated[
        str | None, Option(help='Nesting parameter: a number, or "by nest"; margins tell it else.')
    ] = None,
    market_elasticity: Annotated[float | None, Option(help="Of all sales, below 0.")] = None,
    buyer_weight: Annotated[float | None, Option(help="For bargaining: 0 to below 1.")] = None,
    leader: Annotated[list[str] | None, Option(help="A firm that leads, for stackelberg.")] = None,
    collusion: Annotated[float, Option(help="What part of others' profits firms count.")] = 0.0,
    stake: Annotated[
        float, Option(help="What part of the others the first party buys: 1 is a merger.")
    ] = 1.0,
    control: Annotated[
        float | None, Option(help="Its say: 0 silent, 1 whole; in proportion to the stake else.")
    ] = None,
    holding: Annotated[
        list[str] | None, Option(help='A part held without a say: "OWNER:OWNED:0.1".')
    ] = None,
    unit_tax: Annotated[float, Option(help="Money a unit, in the prices of the table.")] = 0.0,
    tax_rate: Annotated[
        float, Option(help="Of what sellers get, in the prices: 0.19 is 19 percent.")
    ] = 0.0,
    efficiency: Annotated[float, Option(help="Of the parties' costs: 0.05 is 5 percent.")] = 0.0,
    divest: Annotated[list[str] | None, Option(help='A remedy: "PRODUCT:FIRM".')] = None,
    size: Annotated[float, Option(help="Of the market: consumers, or money.")] = 1.0,
    grid: Annotated[bool, Option("--grid", help="Also other demands and conducts.")] = False,
    margin_error: Annotated[
        float, Option(help="Standard error of margins: also those of the answer.")
    ] = 0.0,
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
        from inroads.mergers.printing import as_text

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
            rho=_number_or_word(rho),
            market_elasticity=market_elasticity,
            buyer_weight=buyer_weight,
            leaders=leader or (),
            collusion=collusion,
            stake=stake,
            control=control,
            holdings=dict(_holding(text) for text in holding or []),
            unit_tax=unit_tax,
            tax_rate=tax_rate,
            efficiencies=efficiency,
            remedies=dict(_pair(text) for text in divest or []),
            size=size,
        )
        out.print(literal(str(result)), soft_wrap=True)
        if margin_error:
            errors = as_text(result.standard_errors({"margins": margin_error})).to_string()
            out.print(literal(f"\nStandard errors\n{errors}"), soft_wrap=True)
        if divestitures:
            text = as_text(result.single_divestitures()).to_string(index=False)
            out.print(literal(f"\nSingle divestitures\n{text}"), soft_wrap=True)
        if grid:
            shown = as_text(result.robustness().drop(columns="why_blank")).to_string()
            out.print(literal(f"\nOther demands and conducts\n{shown}"), soft_wrap=True)
        if write is not None:
            _write(result, write)
            out.print(literal(f"\nTables: {write}"), soft_wrap=True)


def _number_or_word(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _pair(text: str, shape: str = "PRODUCT:FIRM", where: str = "--divest") -> tuple[str, str]:
    first, colon, second = text.rpartition(":")
    if not (first.strip() and colon):
        raise refuse(expected=shape, found=text, where=where, remedy="correct the option.")
    return first.strip(), second.strip()


def _holding(text: str) -> tuple[tuple[str, str], float]:
    shape, where = "OWNER:OWNED:PART, as A:C:0.1", "--holding"
    firms, part = _pair(text, shape, where)
    try:
        return _pair(firms, shape, where), float(part)
    except ValueError:
        raise refuse(
            expected=shape, found=text, where=where, remedy="correct the option."
        ) from None


def _write(result: Any, path: Path) -> None:
    match path.suffix.lower():
        case ".xlsx":
            result.to_excel(path)
        case ".tex":
            path.write_text(result.to_latex(), encoding="utf-8")
        case ".html":
            path.write_text(result.to_html(), encoding="utf-8")
        case _:
            result.offers.to_csv(path)
