"""The command line: run a study, check one, compare runs, start one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from typer import Option

from inroads._version import __version__
from inroads.errors import InputError, InroadsError, UnreachableError, refuse

if TYPE_CHECKING:
    from inroads.results.market import Scenario

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="What does a firm gain by reaching consumers through somebody else's shelf?",
    epilog="Start with [bold]inroads run us-2018[/bold], then [bold]inroads new my-study[/bold].",
)
out, err = Console(), Console(stderr=True)

Texts = list[str] | None
Draws = Annotated[
    int | None,
    typer.Option(min=0, help="How many futures to draw; what the study says if left out."),
]
Periods = Annotated[
    int | None, typer.Option(help="How far ahead; what the study says if left out.")
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processes that draw; two for many draws on two cores if left out."),
]
Cluster = Annotated[
    str | None, typer.Option(help="Draw on this Dask cluster instead, tcp://HOST:PORT.")
]


def _print_version(requested: bool) -> None:
    if requested:
        out.print(f"inroads {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Studies of manufacturers, channels and consumers."""


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
) -> None:
    """Calibrate a study's market, play its scenarios, draw its futures, write results and a report.

    Draws are kept beside the output folder as they are done: killed at any moment, the same command
    goes on where it stood.
    """
    with _errors_as_messages():
        from inroads.report.output import check_folder, write
        from inroads.study.load import load_study
        from inroads.study.outlook.outlook_results import DrawSettings
        from inroads.study.run import run as run_study

        loaded = load_study(study, as_of)
        target = folder or Path("out") / loaded.config.study.name
        check_folder(target)
        drawing = DrawSettings(
            draws=draws,
            periods=periods,
            workers=workers,
            cluster=cluster,
            folder=_draws_of(target),
        )
        from inroads.report.terminal import first_answer, print_results

        config = loaded.config
        headline = config.entry.headline if config.entry else ()

        def played(scenarios: tuple[Scenario, ...]) -> None:
            if text := first_answer(config.words, config.study.per, headline, scenarios):
                out.print(text, style="dim")
                out.print()

        with _progress() as progress:
            finished = run_study(loaded, progress, drawing, played)
        write(finished.results, finished.tables, target)
        print_results(finished.results, out)
        out.print(f"\nReport: {target / 'report.html'}", soft_wrap=True)


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
    with _errors_as_messages():
        from inroads.report.backtest import print_backtest, write_backtest
        from inroads.study.load import load_study
        from inroads.study.outlook.forecasts import scored
        from inroads.study.outlook.outlook_results import DrawSettings
        from inroads.tables.read import read_table

        table = read_table(outcomes / "facts.csv" if outcomes.is_dir() else outcomes)
        loaded = load_study(study, as_of)
        stored = _draws_of(Path("out") / loaded.config.study.name)
        with _progress() as progress:
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
                progress,
            )
        print_backtest(scores, out)
        if folder:
            write_backtest(scores, folder)


@app.command(epilog="Example: [bold]inroads check my-study[/bold]")
def check(
    folder: Annotated[str, typer.Argument(help="A study's folder, or its name.")],
) -> None:
    """List every problem in a study's tables and study.toml; exit code 2 if there is one.

    Where there is none, the market is calibrated and every scenario set up, as a run would.
    """
    with _errors_as_messages():
        from inroads.study.load import load_study
        from inroads.study.run import dry_run

        for note in dry_run(load_study(folder)):
            out.print(note)
        out.print(f"{folder}: no problems found.")


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
    with _errors_as_messages():
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
    with _errors_as_messages():
        from inroads.report.what_if import print_what_if
        from inroads.study.load import load_study
        from inroads.study.what_if import what_if as played

        loaded = load_study(study, as_of)
        given = {name: texts or () for name, texts in moves.items()}
        outcome = played(loaded, given, at_list_prices=list_prices)
        print_what_if(outcome, loaded.config.words, loaded.config.study.per, out)


@app.command(epilog="Example: [bold]inroads compare out/us-2018 out/later[/bold]")
def compare(
    a: Annotated[str, typer.Argument(help="A run's folder, or RUN:scenario.")],
    b: Annotated[str, typer.Argument(help="Another run's folder, or RUN:scenario.")],
) -> None:
    """Two runs, or two scenarios, side by side: what changed, and why.

    Of runs: headline numbers, the facts and assumptions that differ, parameters, terms of deals. Of
    scenarios (RUN:baseline is the market as it was): what was done, and who sells how many.
    """
    with _errors_as_messages():
        from inroads.report.compare import compare as compared
        from inroads.report.comparison import print_comparison

        print_comparison(compared(a, b), out)


@app.command(epilog="Example: [bold]inroads new my-study && inroads run my-study[/bold]")
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; it must not exist yet.")],
    full: Annotated[
        bool, typer.Option("--full", help="Also firms, negotiations and the periods to come.")
    ] = False,
) -> None:
    """Start a study: one that runs, with comments on every part. All its numbers are invented."""
    with _errors_as_messages():
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


@contextmanager
def _errors_as_messages() -> Iterator[None]:
    """Errors as one clear message; 2 for bad input, 1 for a solve that failed, 130 for Ctrl-C."""
    try:
        yield
    except (InputError, UnreachableError) as error:
        err.print(f"[red]Error:[/red] {_literal(error)}", soft_wrap=True)
        raise typer.Exit(2) from None
    except InroadsError as error:
        err.print(f"[red]Error:[/red] {_literal(error)}", soft_wrap=True)
        raise typer.Exit(1) from None
    except OSError as error:
        name = error.filename or "a file"
        err.print(f"[red]Error:[/red] {_literal(f'{name}: {error.strerror}')}", soft_wrap=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        err.print("Interrupted; no results were written. Draws that were done are kept.")
        raise typer.Exit(130) from None


def _draws_of(target: Path) -> Path:
    """Where the draws of a run are kept: beside its output, which is replaced as a whole."""
    return target.with_name(f"{target.name}-draws")


def _literal(text: object) -> str:
    from rich.markup import escape

    return escape(str(text))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A live line on the terminal; silent elsewhere."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("reading", total=None)

        def update(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        yield update
