"""Parts of study.toml that may be left out: each study is checked, runs, and reads well."""

import html
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import inroads.study
from inroads.cli import app
from inroads.study.new import write_study

FIRMS = "\n[firms]\nmanufacturer_margin = 0.3\n"
TALKS = FIRMS + '\n[negotiations]\nchannels = ["Nord", "Sud"]\nperiods_on_sale = 4\n'
PATH = TALKS + (
    "\n[path]\nperiods = 3\ndecide = 2\nmonths_between_purchases = 60\ndiscount_rate = 0.1\n"
    "draws = 0\n"
)
ENTRY = ("entry", "entry.entrants", "scenario")
EMPTY = r"\bNone\b|\bnan\b|\{\w*\}"


def without(text: str, *tables: str) -> str:
    parts = re.split(r"(?m)^(?=\[)", text)
    return "".join(p for p in parts if p.split("]")[0].strip("[") not in tables)


def change(folder: Path, more: str = "", tables: tuple[str, ...] = ()) -> None:
    toml = folder / "study.toml"
    toml.write_text(without(toml.read_text(encoding="utf-8"), *tables) + more, encoding="utf-8")


def no_columns(path: Path, *names: str) -> None:
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    stay = [k for k, name in enumerate(rows[0]) if name not in names]
    path.write_text("".join(",".join(row[k] for k in stay) + "\n" for row in rows))


def page_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a reader sees of the page, after check and run."""
    monkeypatch.chdir(folder.parent)
    for command in ("check", "run"):
        done = CliRunner().invoke(app, [command, folder.name])
        assert (done.exit_code, done.stderr) == (0, ""), (command, done.stderr)
    page = Path("out", folder.name, "report.html").read_text(encoding="utf-8")
    body = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", page.partition("<body")[2], flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", " ", body))
    text = re.sub(r"\s+", " ", text)
    assert re.findall(rf".{{20}}(?:{EMPTY}).{{20}}", text.partition("Evidence ledger")[0]) == []
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_study(tmp_path / "mine")
    return tmp_path / "mine"


def test_firms_without_negotiations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, FIRMS)
    text = page_of(folder, monkeypatch)
    assert "The firms behind the market" in text
    assert "the study says nothing of talks" in text
    assert "Two numbers for one deal" not in text
    assert "Counts a" not in text


def test_negotiations_without_politics_and_tariff(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(folder, TALKS)
    text = page_of(folder, monkeypatch)
    assert "The talks" in text
    assert re.findall(r"politic|(?<!two-part )tariff|hazard that", text, re.IGNORECASE) == []


def test_path_without_rank_and_listing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, PATH)
    text = page_of(folder, monkeypatch)
    assert "Time and risk" in text
    assert re.findall(r"world table|listing|valuation|next generation|politic", text) == []


def test_no_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, TALKS, ("words",))
    text = page_of(folder, monkeypatch)
    assert "in the open channel" in text
    assert "units a quarter" in text


def test_channels_without_members(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_columns(folder / "channels.csv", "months", "members")
    message = CliRunner().invoke(app, ["check", str(folder)]).stderr
    assert "entry.partners: found 'Nord'; expected a channel with members" in message
    change(folder, tables=ENTRY)
    toml, targets = folder / "study.toml", folder / "targets.csv"
    message = CliRunner().invoke(app, ["check", str(folder)]).stderr
    assert "targets.csv, row 3, column 'of': found none; expected" in message
    toml.write_text(re.sub(r"(?m)^inertia = .*\n", "", toml.read_text()))
    targets.write_text(re.sub(r"(?m)^switching.*\n", "", targets.read_text()))
    text = page_of(folder, monkeypatch)
    assert "No change to the market was tried." in text
    assert re.findall(r"somebody enters|an entrant|monthly payments", text) == []


def test_templates_lie_beside_the_code() -> None:
    place = Path(inroads.study.__file__).parent
    assert {p.name for p in place.glob("template*")} == {"template", "template_full"}
