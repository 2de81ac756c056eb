"""Serving: a port in use, no browser, no extra, other pages; and nothing left running."""

import asyncio
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from served import dashboard
from typer.testing import CliRunner

import inroads as ir
from inroads.cli import app
from inroads.dashboard import server
from inroads.dashboard.deals.source import StudySource
from inroads.study.new import write_study


def test_a_port_in_use_is_named(folder: Path) -> None:
    with socket.socket() as other:
        other.bind((server.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        done = CliRunner().invoke(app, ["dashboard", str(folder), "--port", str(port)])
    assert done.exit_code == 2
    message = done.stderr
    assert f"--port: found {port}: address already in use; expected a port that is free" in message
    assert len(message.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-study"], "no-such-study"),
        (["us-2018", "--as-of", "someday"], "someday"),
    ],
)
def test_a_wrong_study_is_refused(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["dashboard", *arguments, "--port", "0"])
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_from_the_first_line_to_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a study there are mergers; without a browser the address; without Ctrl-C no end."""
    monkeypatch.setenv("BROWSER", "false %s")
    with dashboard("--browser") as served:
        assert served.process.stdout is not None
        assert "No browser was found" in served.process.stdout.readline()
        with urllib.request.urlopen(served.address, timeout=30) as answer:
            text = answer.read().decode()
        assert "Mergers" in text
        assert "Deals" not in text
        # Other pages in the same browser, and names that others gave this machine.
        for header, value in (("Host", "evil.example"), ("Origin", "http://evil.example")):
            request = urllib.request.Request(served.address, headers={header: value})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=30)
            assert refused.value.code == 403
            refused.value.close()
        assert served.stop() == 0
        assert served.complaints == ""
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(served.address, timeout=5)


def test_a_socket_of_another_page_is_closed() -> None:
    sent: list[Any] = []

    async def reached(*_: object) -> None:
        raise AssertionError

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8642"), (b"origin", b"http://127.0.0.1:9999")]
    scope = {"type": "websocket", "headers": headers}
    asyncio.run(server.for_this_machine(reached)(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_browser_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> bool:
        raise server.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(server.webbrowser, "open", none)
    assert not server.opened("http://127.0.0.1:1")
    monkeypatch.setattr(server.webbrowser, "open", lambda _: True)
    assert server.opened("http://127.0.0.1:1")


def test_a_study_is_read_again_or_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write_study(folder, full=True)
    source = StudySource(str(folder))
    assert not source.has_changed
    before, toml = source.cases, folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text("nonsense", encoding="utf-8")
    assert source.has_changed
    with pytest.raises(ir.InputError):
        source.read()
    assert source.cases is before
    toml.write_text(text.replace("What would", "What do"), encoding="utf-8")
    source.read()
    assert not source.has_changed
    assert source.cases.study.config.study.title.startswith("What do")
    (folder / "targets.csv").unlink()
    assert source.has_changed
    assert "read it again" in str(source.warning())
