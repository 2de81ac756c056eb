"""What a firm should do: plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inroads.cli.base import (
    Cluster,
    Draws,
    Workers,
    app,
    errors_as_messages,
    literal,
    out,
    output_folder,
)
from inroads.cli.progress import progress


@app.command(epilog="Example: [bold]inroads plan my-study --firm Amsel[/bold]")
def plan(
    study: Annotated[str, typer.Argument(help="A study's name, or its folder.")],
    firm: Annotated[
        str | None,
        typer.Option(help="An entrant, or a channel that negotiates; the first entrant if not."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="As known on this day; the study's own if left out.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="A run's folder: the plan goes into plan/ there, and on its page."
        ),
    ] = None,
    order: Annotated[
        bool, typer.Option("--order", help="Also which of the two entrants should move first.")
    ] = False,
    draws: Draws = None,
    workers: Workers = None,
    cluster: Cluster = None,
) -> None:
    """What a firm should do: whom to court, when, on which clauses; how sure; what to learn first.

    Every plan is tried at the central numbers, the best in every draw. Draws are kept beside the
    output folder as they are done: killed at any moment, the same command goes on where it stood.
    A page of the plan, one for each negotiator, tables; the page of the run has a section of it.
    """
    with errors_as_messages():
        import inroads as ir
        from inroads.plans.strategies import read_choices
        from inroads.report.output import PAGE, check_writable, plan_folder, write_plan
        from inroads.study.kept_runs import check_whose, kept_beside
        from inroads.study.outlook.outlook_results import DrawSettings
        from inroads.study.results import study_info
        from inroads.uncertainty.executors import reach
        from inroads.uncertainty.folder_lock import alone_in

        loaded = ir.load_study(study, as_of)
        # What can be refused is, before any work is done.
        chosen = read_choices(loaded, firm).firm
        target = output_folder(folder, loaded.config.study.name)
        check_writable(target)
        check_whose(target, loaded.folder, is_named=folder is not None)
        reach(cluster)
        drawing = DrawSettings(
            draws=draws, workers=workers, cluster=cluster, folder=kept_beside(target)
        )
        with alone_in(kept_beside(target)):
            with progress() as update:
                result = ir.plan(loaded, chosen, drawing=drawing, progress=update)
            out.print(literal(str(result)), soft_wrap=True)
            if order:
                with progress() as update:
                    moves = ir.move_order(loaded, progress=update)
                out.print(literal(f"\n{moves}"), soft_wrap=True)
            result.write(plan_folder(target, chosen))
            words = loaded.config.words
            pages = write_plan(result.record(), study_info(loaded), words, target)
        out.print()
        for page in pages:
            out.print(literal(f"Page: {page}"), soft_wrap=True)
        if pages[-1].name != PAGE:
            out.print(
                literal(
                    f"`inroads run {study} --out {target}` makes a page that has the plan too."
                ),
                soft_wrap=True,
            )
