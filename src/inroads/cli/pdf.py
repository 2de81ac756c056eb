"""A page as PDF, printed by a browser that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from inroads.errors import refuse

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("msedge", "microsoft-edge"),
)
_PATIENCE = 120


def print_pdf(page: Path, target: Path) -> None:
    """Print an HTML page into a PDF, which takes the place of an earlier one.

    Raises InputError where there is no Chromium or Chrome, or where it prints nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise refuse(
            expected="an installed Chromium, Chrome or Edge, which prints the page",
            found=f"none of {', '.join(BROWSERS)} on PATH",
            where="report --pdf",
            remedy=f"install one (sudo apt-get install chromium), or open {page} and print it.",
        )
    with tempfile.TemporaryDirectory(prefix="inroads-") as place:
        printed = Path(place) / "page.pdf"
        command = [
            *(browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"),
            *("--disable-background-networking", f"--user-data-dir={place}/profile"),
            *(f"--print-to-pdf={printed}", page.resolve().as_uri()),
        ]
        if getattr(os, "geteuid", lambda: 1)() == 0:
            command.insert(1, "--no-sandbox")  # Chromium has none for root.
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
            last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        except subprocess.TimeoutExpired:
            last = f"no end within {_PATIENCE} seconds"
        if not printed.is_file():
            raise refuse(
                expected=f"{Path(browser).name} to print the page",
                found=last,
                where="report --pdf",
                remedy=f"open {page} in a browser and print it.",
            )
        shutil.move(printed, target)
