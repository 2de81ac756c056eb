"""The command `inroads`: its options, and how errors and progress are told."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from inroads._version import __version__
from inroads.errors import InputError, InroadsError, UnreachableError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What does a firm gain by reaching consumers through somebody else's shelf?",
    epilog="Start with [bold]inroads run us-2018[/bold], then [bold]inroads new my-study[/bold].",
)
out, err = Console(), Console(stderr=True)
# Signals that have come.
_asked_to_stop: list[int] = []

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


class _StoppedError(Exception):
    """The system asked the process to end."""


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Errors as one clear message. Exit codes: 2 for bad input, 1 for a solve that failed, 130 for
    Ctrl-C, 128 and its number for another signal that ends the process."""
    _asked_to_stop.clear()
    earlier = {name: signal.signal(name, _stop) for name in _signals()}
    try:
        yield
    except (InputError, UnreachableError) as error:
        fail(str(error), 2)
    except InroadsError as error:
        fail(str(error), 1)
    except MemoryError:
        fail(
            "expected enough memory; found too little. Remedy: run again (what is done is kept), "
            "with fewer workers or more memory.",
            1,
        )
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)
        more = (
            ". What was done is kept: with room for more, the same command goes on" if full else ""
        )
        fail(f"{error.filename or 'a file'}: {error.strerror or error}{more}.", 2)
    except KeyboardInterrupt:
        _stopped("Interrupted", 130)
    except _StoppedError as stopped:
        number = int(stopped.args[0])
        _stopped(f"Stopped by {signal.Signals(number).name}", 128 + number)
    finally:
        for name, handler in earlier.items():
            signal.signal(name, handler)


def fail(message: str, code: int) -> NoReturn:
    """Say what went wrong, and leave with this exit code."""
    err.print(f"[red]Error:[/red] {literal(message)}", soft_wrap=True)
    raise typer.Exit(code) from None


def literal(text: object) -> str:
    """Text in which nothing is taken for markup."""
    from rich.markup import escape

    return escape(str(text))


def output_folder(folder: Path | None, name: str) -> Path:
    """Where a study's results go."""
    return folder or Path("out") / name


def _signals() -> tuple[signal.Signals, ...]:
    """Those that end a process and can be answered; none in a thread, which cannot answer any."""
    import threading

    if threading.current_thread() is not threading.main_thread():
        return ()
    names = ("SIGTERM", "SIGHUP")
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


def _stop(number: int, _: FrameType | None) -> None:
    _asked_to_stop.append(number)
    raise _StoppedError(number)


def stop_if_asked() -> None:
    """End a run that went on: what a signal raises is lost where Python was in a callback."""
    if _asked_to_stop:
        raise _StoppedError(_asked_to_stop[0])


def _stopped(how: str, code: int) -> NoReturn:
    err.print(
        f"{how}; no results were written. Stages and draws that were done are kept: the same "
        "command goes on.",
        soft_wrap=True,
    )
    raise typer.Exit(code) from None
