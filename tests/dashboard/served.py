"""The dashboard in a process of its own, and Chromium to look at it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60_000  # milliseconds, on a machine that others use too


def chromium() -> str:
    """Where Chromium is."""
    browser = next(filter(None, map(shutil.which, _NAMES)), None)
    assert browser, "chromium is needed to see the page: apt-get install -y chromium"
    return browser


@dataclass
class Served:
    """A dashboard that is served, and what it says."""

    process: subprocess.Popen[str]
    address: str
    errors: Path

    def stop(self) -> int:
        """Ctrl-C; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    @property
    def complaints(self) -> str:
        """What it wrote on its error output."""
        return self.errors.read_text(encoding="utf-8")


@contextmanager
def dashboard(*arguments: str) -> Iterator[Served]:
    """`inroads dashboard` on a free port, until the block ends."""
    command = [sys.executable, "-m", "inroads", "dashboard", *arguments, "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "stderr"
        with errors.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                env={
                    **os.environ,
                    "COLUMNS": "200",
                    **({} if "BROWSER" in os.environ else {"BROWSER": "true"}),
                },
            )
        try:
            assert process.stdout is not None
            address = re.compile(r"http://127\.0\.0\.1:\d+")
            match = next(filter(None, map(address.search, process.stdout)), None)
            assert match, errors.read_text(encoding="utf-8")
            yield Served(process, match[0], errors)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
