"""Commands on studies: run, backtest, check, talks, what-if, new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from inroads.cli.base import (
    Cluster,
    Draws,
    Periods,
    Workers,
    app,
    errors_as_messages,
    literal,
    out,
    output_folder,
)
from inroads.cli.outputs import show
from inroads.cli.progress import progress
from inroads.errors import refuse, require_extra

if TYPE_CHECKING:
    from inroads.results.market import Scenario

Texts = list[str] | None


@app.command(epilog="Example: [bold]inroads run us-2018 --as-of 2017-12-15 --out out/[/bold]")
def run(
    study: Annotated[str, typer.Argument(help="A study's name (us-2018), or its folder.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Only facts published by this day (YYYY-MM-DD); the study's own if left out."
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="Where results.json, report.html and tables go."),
    ] = None,
    draws: Draws = None,
    periods: Periods = None,
    workers: Workers = None,
    cluster: Cluster = None,
    workbook: Annotated[
        bool, typer.Option("--workbook", help="Also tables.xlsx, a sheet a table with units.")
    ] = False,
) -> None:
    """Calibrate a study's market, play its scenarios, draw its futures, write results and a report.

    Draws are kept beside the output folder as they are done: killed at any moment, the same command
    goes on where it stood.
    """
    with errors_as_messages():
        from inroads.report.output import check_folder, write
        from inroads.report.terminal import first_answer
        from inroads.study.kept_runs import check_whose, kept_beside, note_whose
        from inroads.study.load import load_study
        from inroads.study.outlook.outlook_results import DrawSettings, with_horizon
        from inroads.study.run import run as run_study
        from inroads.uncertainty.executors import reach
        from inroads.uncertainty.folder_lock import alone_in

        loaded = load_study(study, as_of)
        target = output_folder(folder, loaded.config.study.name)
        # What can be refused is, before any work is done.
        if workbook:
            require_extra("excel", "openpyxl")
        check_folder(target)
        check_whose(target, loaded.folder, is_named=folder is not None)
        reach(cluster)
        drawing = DrawSettings(
            draws=draws,
            periods=periods,
            workers=workers,
            cluster=cluster,
            folder=kept_beside(target),
        )
        with_horizon(loaded, drawing)
        config = loaded.config
        headline = config.entry.headline if config.entry else ()

        def played(scenarios: tuple[Scenario, ...]) -> None:
            if text := first_answer(config.words, config.study.per, headline, scenarios):
                out.print(text, style="dim")
                out.print()

        with alone_in(kept_beside(target)):
            with progress() as update:
                finished = run_study(loaded, update, drawing, played)
            write(finished.results, finished.tables, target, workbook=workbook)
            note_whose(target, loaded.folder)
            show(target)


@app.command(epilog="Example: [bold]inroads backtest us-2018 --outcomes later/[/bold]")
def backtest(
    study: Annotated[str, typer.Argument(help="A study's name, or its folder.")],
    outcomes: Annotated[
        Path, typer.Option(help="A table of what happened, as facts.csv, or a folder with one.")
    ],
    as_of: Annotated[
        str | None, typer.Option(help="Forecast from this day; the study's own if left out.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Where the tables of scores go; nowhere if not.")
    ] = None,
    draws: Draws = None,
    periods: Periods = None,
    workers: Workers = None,
    cluster: Cluster = None,
) -> None:
    """Score a study's forecasts against what happened: coverage, log score, CRPS."""
    with errors_as_messages():
        from inroads.report.backtest import print_backtest, write_backtest
        from inroads.report.output import check_writable
        from inroads.study.kept_runs import kept_beside
        from inroads.study.load import load_study
        from inroads.study.outlook.forecasts import scored
        from inroads.study.outlook.outlook_results import DrawSettings
        from inroads.tables.read import read_table
        from inroads.uncertainty.executors import reach

        table = read_table(outcomes / "facts.csv" if outcomes.is_dir() else outcomes)
        loaded = load_study(study, as_of)
        if folder:
            check_writable(folder)
        reach(cluster)
        stored = kept_beside(output_folder(None, loaded.config.study.name))
        with progress() as update:
            scores = scored(
                loaded,
                table,
                DrawSettings(
                    draws=draws,
                    periods=periods,
                    workers=workers,
                    cluster=cluster,
                    folder=stored,
                ),
                update,
            )
        print_backtest(scores, out)
        if folder:
            write_backtest(scores, folder)


@app.command(epilog="Example: [bold]inroads check my-study[/bold]")
def check(
    folder: Annotated[str, typer.Argument(help="A study's folder, or its name.")],
) -> None:
    """List every problem in a study's tables and study.toml; exit code 2 if there is one.

    Where there is none, all is done that a run does up to its first expensive solve, at the central
    numbers and at both ends of each range; and it is said what a run will do and take.
    """
    with errors_as_messages():
        from inroads.study.check import check_study
        from inroads.study.load import load_study

        loaded = load_study(folder)
        with progress() as update:
            checked = check_study(loaded, update)
        for note in checked.notes:
            out.print(literal(note), soft_wrap=True)
        out.print(f"{folder}: no problems found.")
        out.print(checked.plan, soft_wrap=True)


@app.command(epilog="Example: [bold]inroads talks us-2018 --as-of 2017-12-15[/bold]")
def talks(
    study: Annotated[str, typer.Argument(help="A study's name, or its folder.")],
    as_of: Annotated[
        str | None, typer.Option(help="As known on this day; the study's own if left out.")
    ] = None,
) -> None:
    """Who talks to whom, how far they are, since when, by what source, and the odds of a launch.

    Read off the study's tables: nothing is calibrated.
    """
    with errors_as_messages():
        from inroads.report.talks import print_talks
        from inroads.study.load import load_study
        from inroads.study.negotiations.deal_hazards import talks as known_talks

        loaded = load_study(study, as_of)
        print_talks(known_talks(loaded), loaded.as_of, loaded.config.words, out)


@app.command(
    epilog="Example: [bold]inroads what-if my-study --deal Amsel:Markt --ban Stein:Markt[/bold]"
)
def what_if(
    study: Annotated[str, typer.Argument(help="A study's name, or its folder.")],
    launch: Annotated[Texts, Option(help="PRODUCT[:CHANNEL[:PRICE]]")] = None,
    deal: Annotated[Texts, Option(help="MANUFACTURER:CHANNEL[:PRODUCT;...]")] = None,
    campaign: Annotated[Texts, Option(help="BRAND:SHARE[:CHANNEL;...]")] = None,
    financing: Annotated[Texts, Option(help="MONTHS[:MANUFACTURER[:CHANNEL]]")] = None,
    price: Annotated[Texts, Option(help="PRODUCT:PRICE[:CHANNEL], or -10% for PRICE")] = None,
    allowance: Annotated[Texts, Option(help="MANUFACTURER:DOLLARS[:CHANNEL], a unit sold")] = None,
    no_deal: Annotated[Texts, Option(help="MANUFACTURER:CHANNEL")] = None,
    withdraw: Annotated[Texts, Option(help="PRODUCT[:CHANNEL]")] = None,
    ban: Annotated[Texts, Option(help="MANUFACTURER[:CHANNEL]")] = None,
    list_prices: Annotated[
        bool, typer.Option("--list-prices", help="Nobody answers: everything sells at its price.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(help="As known on this day; the study's own if left out.")
    ] = None,
) -> None:
    """Play moves on a study's market: who sells how many, who earns what, on which terms.

    Moves are made in the order of the options below; each may be given several times. An entrant's
    deal brings its main products, launched in the open channel too, and its campaign.
    """
    moves = {
        "launch": launch,
        "deal": deal,
        "campaign": campaign,
        "financing": financing,
        "price": price,
        "allowance": allowance,
        "no-deal": no_deal,
        "withdraw": withdraw,
        "ban": ban,
    }
    with errors_as_messages():
        from inroads.report.what_if import print_what_if
        from inroads.study.load import load_study
        from inroads.study.what_if import what_if as played

        loaded = load_study(study, as_of)
        given = {name: texts or () for name, texts in moves.items()}
        outcome = played(loaded, given, at_list_prices=list_prices)
        print_what_if(outcome, loaded.config.words, loaded.config.study.per, out)


@app.command(epilog="Example: [bold]inroads new my-study && inroads run my-study[/bold]")
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; it must not exist yet.")],
    full: Annotated[
        bool, typer.Option("--full", help="Also firms, negotiations and the periods to come.")
    ] = False,
) -> None:
    """Start a study: one that runs, with comments on every part. All its numbers are invented."""
    with errors_as_messages():
        if folder.exists():
            raise refuse(
                expected="a folder that does not exist yet",
                found=str(folder),
                where="new",
                remedy="choose another name, or remove it.",
            )
        from inroads.study.new import write_study

        write_study(folder, full)
        out.print(f"Wrote {folder}. Next: inroads run {folder}", soft_wrap=True)
