"""The page served on this machine, for this machine: port, browser, and the end of it."""

from __future__ import annotations

import asyncio
import socket
import webbrowser
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from inroads.dashboard.app import Dashboard
from inroads.dashboard.deals.source import StudySource
from inroads.errors import refuse
from inroads.report.format import in_currency
from inroads.results.words import Words

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")
# How long sessions have to end once the page is stopped, in seconds.
_PATIENCE = 2

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def serve(
    study: str | None,
    as_of: str | None = None,
    *,
    port: int,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve a study's cases and mergers until Ctrl-C; only mergers without a study.

    Raises InputError for a port that is in use, and for a study that is wrong.
    """
    listener = listen(port)
    try:
        if study is not None:
            say("Reading and calibrating.")
        source = StudySource(study, as_of) if study is not None else None
        dashboard = Dashboard(source)
        words = source.cases.study.config.words if source is not None else Words()
        config = uvicorn.Config(
            for_this_machine(dashboard.app),
            log_level="warning",
            timeout_graceful_shutdown=_PATIENCE,
        )
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        try:
            with in_currency(words.currency_sign):
                _Server(config, address, open_browser, say).run(sockets=[listener])
        except KeyboardInterrupt:
            say("Stopped.")
        finally:
            dashboard.close()
    finally:
        listener.close()


def listen(port: int) -> socket.socket:
    """A socket that listens on this machine alone; InputError where the port is in use."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise refuse(
            expected="a port that is free",
            found=f"{port}: {(error.strerror or str(error)).lower()}",
            where="--port",
            remedy="stop what uses it, give another, or --port 0 for any that is free.",
        ) from None
    return listener


def for_this_machine(app: App) -> App:
    """Requests of other pages in the same browser, and under other names, are turned away: a page
    on the network may reach this machine's ports, but not under the names that are its own."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
            host, origin = headers.get("host", ""), headers.get("origin", "")
            is_other_page = origin and origin.partition("://")[2] != host
            if host.rsplit(":", 1)[0] not in _NAMES or is_other_page:
                await _turn_away(scope, receive, send)
                return
        await app(scope, receive, send)

    return guarded


async def _turn_away(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": b"served to this machine only\n"})


class _Server(uvicorn.Server):
    """One that says where it is once it is there, and opens a browser."""

    def __init__(
        self,
        config: uvicorn.Config,
        address: str,
        open_browser: bool,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(config)
        self.address, self.open_browser, self.say = address, open_browser, say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.say(f"Dashboard: {self.address} (Ctrl-C ends it)")
        if self.open_browser and not await asyncio.to_thread(opened, self.address):
            self.say("No browser was found on this machine: open the address yourself.")


def opened(address: str) -> bool:
    """Whether a browser shows the address."""
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False
