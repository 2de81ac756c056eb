"""Commands on what runs have written: compare, report, verify, clean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inroads.cli.base import app, errors_as_messages, fail, literal, out
from inroads.cli.progress import progress


@app.command(epilog="Example: [bold]inroads compare out/us-2018 out/later[/bold]")
def compare(
    a: Annotated[str, typer.Argument(help="A run's folder, or RUN:scenario.")],
    b: Annotated[str, typer.Argument(help="Another run's folder, or RUN:scenario.")],
) -> None:
    """Two runs, or two scenarios, side by side: what changed, and why.

    Of runs: headline numbers, the facts and assumptions that differ, parameters, terms of deals. Of
    scenarios (RUN:baseline is the market as it was): what was done, and who sells how many.
    """
    with errors_as_messages():
        from inroads.report.compare import compare as compared
        from inroads.report.comparison import print_comparison

        print_comparison(compared(a, b), out)


@app.command(epilog="Example: [bold]inroads report out/us-2018[/bold]")
def report(
    folder: Annotated[Path, typer.Argument(help="A run's folder, with results.json.")],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also report.pdf, printed by an installed Chromium.")
    ] = False,
) -> None:
    """Make the page again, from the results that a run has written."""
    with errors_as_messages():
        from inroads.cli.pdf import print_pdf
        from inroads.report.output import PAGE, PDF
        from inroads.results.files import read_results

        read_results(folder)
        show(folder)
        if pdf:
            print_pdf(folder / PAGE, folder / PDF)
            out.print(f"PDF: {folder / PDF}", soft_wrap=True)


def show(folder: Path) -> None:
    """Make the page from results on disk, and print what the terminal has of it; exit code 3 where
    that fails, and nothing is lost."""
    from inroads.report.output import PAGE, write_page
    from inroads.report.terminal import print_results

    try:
        results = write_page(folder)
        print_results(results, out)
    except Exception as error:
        fail(
            f"the page could not be made: {type(error).__name__}: {error} ({_place(error)}). "
            f"results.json and tables are in {folder}. Remedy: report this with results.json; "
            f"`inroads report {folder}` makes the page again.",
            3,
        )
    out.print(f"\nReport: {folder / PAGE}", soft_wrap=True)


def _place(error: Exception) -> str:
    """The innermost line of inroads' own that failed."""
    trace, place = error.__traceback__, "inroads"
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("inroads."):
            place = f"{name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


@app.command(epilog="Example: [bold]inroads verify out/us-2018[/bold]")
def verify(
    folder: Annotated[Path, typer.Argument(help="A run's folder, with results.json.")],
    study: Annotated[
        str | None,
        typer.Argument(help="The study's folder; by its name if left out."),
    ] = None,
    inputs_only: Annotated[
        bool, typer.Option("--inputs-only", help="Compare inputs and programs, and run nothing.")
    ] = False,
) -> None:
    """Whether the same inputs give the same numbers here; exit code 1 if not, and what differs.

    Hashes of the study's tables and versions of programs are compared with those in the results;
    then the study is run again, as it was, and every number is compared.
    """
    with errors_as_messages():
        from inroads.report.verification import print_inputs, print_numbers
        from inroads.results.files import read_results
        from inroads.study.verify import compared_inputs, run_again

        results = read_results(folder)
        inputs = compared_inputs(results, study)
        print_inputs(inputs.changed, inputs.programs, out)
        if inputs.changed:
            raise typer.Exit(1)
        if not inputs_only:
            with progress() as update:
                again = run_again(inputs, update)
            if not print_numbers(results, again, out):
                raise typer.Exit(1)


@app.command(epilog="Example: [bold]inroads clean out[/bold]")
def clean(
    folder: Annotated[
        Path, typer.Argument(help="Where outputs lie, or one output; draws lie beside them.")
    ] = Path("out"),
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that a run could still go on with.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list them.")] = False,
) -> None:
    """Delete draws and stages that no run will go on with: those of other versions of inroads.

    Results, pages and tables stay. What a run is at work on stays too.
    """
    with errors_as_messages():
        from inroads.errors import InputError
        from inroads.study.kept_runs import kept_runs

        freed = 0
        for entry in kept_runs(folder):
            goes = everything or not entry.is_current
            done = "would go" if dry_run else "deleted"
            if goes and not dry_run:
                try:
                    entry.remove()
                except InputError:
                    goes = False
            freed += entry.size if goes else 0
            line = f"{entry.folder}: {entry.about}, {entry.size / 1e6:.1f} MB"
            out.print(literal(f"{line}, {done if goes else 'kept'}"), soft_wrap=True)
        out.print(f"{freed / 1e6:.1f} MB {'would be ' if dry_run else ''}freed.")
