"""Whatever `check` passes runs to a page without a traceback or a number that is none."""

import io
import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent))
from changed_studies import Files, changed_studies, put

from inroads.errors import ConvergenceError, InroadsError
from inroads.report.page import render
from inroads.report.terminal import print_results
from inroads.study.check import check_study
from inroads.study.load import load_study
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.run import run

#: words of a page that say that a number is none
NONE = re.compile(r".{0,40}\b(?:nan|NaN|inf|None(?! of))\b.{0,20}")


def passes(folder: Path) -> bool:
    """Whether `check` passes a study; anything but an error in words fails."""
    try:
        check_study(load_study(folder))
    except InroadsError as error:
        assert str(error).strip()
        return False
    return True


def runs(folder: Path) -> bool:
    """Run a study that `check` passed, and show it; False where a solve ended without meeting its
    tolerance, which no check can see, and is said."""
    study = load_study(folder)
    try:
        done = run(study, drawing=DrawSettings(draws=2 if study.config.path else None))
    except ConvergenceError as error:
        assert "Remedy" in str(error)
        return False
    page = re.sub(r"<[^>]*>", " ", render(done.results).partition("</style>")[2])
    # Evidence quotes what people wrote.
    assert NONE.findall(page.partition("Evidence ledger")[0]) == []
    shown = Console(file=io.StringIO(), width=80)
    print_results(done.results, shown)
    assert NONE.findall(shown.file.getvalue()) == []  # type: ignore[attr-defined]
    return True


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changed")


played = 0


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(files=changed_studies(bases=("template",)))
def test_what_check_passes_runs_to_a_page(place: Path, files: Files) -> None:
    global played
    folder = put(files, place)
    if not passes(folder):
        event("refused")
        return
    # Thousands are checked, and thirty run, by `make stress`.
    if played < 3:
        played += 1
        event("ran" if runs(folder) else "did not converge")
