"""The command that serves a page to try deals and mergers by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from inroads.cli.base import app, errors_as_messages, out


@app.command(epilog="Example: [bold]inroads dashboard us-2018[/bold]")
def dashboard(
    study: Annotated[
        str | None, typer.Argument(help="A study's name, or its folder; only mergers without one.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="As known on this day; the study's own if left out.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where it is served; 0 for any that is free.")
    ] = 8642,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
) -> None:
    """Try deals of a study, and mergers, by hand: a page on this machine, until Ctrl-C.

    Move assumptions within their ranges, choose partners and terms, and take away tables, pictures
    and the Python code that reproduces what is on the screen.
    """
    with errors_as_messages():
        from inroads.dashboard.server import serve

        def say(words: str) -> None:
            out.print(words, soft_wrap=True, highlight=False)

        serve(study, as_of, port=port, open_browser=browser, say=say)
