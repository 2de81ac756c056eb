"""Two runs or two scenarios side by side."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest
from example import tree
from rich.console import Console

from inroads.errors import InputError
from inroads.report.compare import compare
from inroads.report.comparison import Line, change, print_comparison
from inroads.results.files import results_text


@pytest.fixture
def runs(with_talks: dict[str, Any], tmp_path: Path) -> tuple[str, str]:
    """Two runs: in the second an assumption is another, and so are its consequences."""
    later = copy.deepcopy(with_talks)
    later["study"]["as_of"] = "2001-03-03"
    later["ledger"][0] |= {"value": 60.0}
    later["ledger"][1] |= {"id": "loyal-share-later", "value": 70.0}
    later["calibration"]["parameters"][0]["value"] = 1.8
    found = later["negotiations"]
    found["events"] = []
    later["ledger"][2] |= {"id": "bran-price-again"}
    found["entrants"][0] |= {"units": 500_000.0, "manufacturer_gain": -1e6}
    found["negotiations"][0] |= {"wholesale_price": 3_000.0}
    found["prospects"][0] |= {"state": "collapsed", "launch_probability": 0.0}
    for name, data in (("one", with_talks), ("two", later)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, data)
    return str(tmp_path / "one"), str(tmp_path / "two")


def write(place: Path, data: dict[str, Any]) -> None:
    """results.json of a run."""
    (place / "results.json").write_text(results_text(tree(data)), encoding="utf-8")


def lines(sections: Any) -> dict[str, dict[str, tuple[Any, Any]]]:
    return {head: {line.name: (line.a, line.b) for line in rows} for head, rows in sections}


def test_two_runs(runs: tuple[str, str]) -> None:
    found = compare(*runs)
    said = lines(found.sections)
    assert said["What was run"]["As known on"] == ("2001-02-03", "2001-03-03")
    headline = said["Headline"]
    assert headline["Muesli with Grocer and Mart: units"] == (250_000.0, 500_000.0)
    assert headline["Muesli, at list prices: units"] == (146_000.0, 146_000.0)
    assert said["Why: facts and assumptions that differ"] == {
        "study.toml: awareness of a brand": (
            "35 percent (known-brand, assumed)", "60 percent (known-brand, assumed)",
        ),
        "targets.csv: loyal: value": (
            "60 percent (loyal-share, fact)", "70 percent (loyal-share-later, fact)",
        ),
    }  # fmt: skip
    assert said["Parameters"] == {"Habit": (1.5, 1.8)}
    assert said["Terms of deals"] == {
        "Muesli and Grocer: wholesale price": (2_500.0, 3_000.0),
        "Muesli and Grocer: state of talks": ("talks", "collapsed"),
        "Muesli and Grocer: probability of launch": (0.5, 0.0),
    }
    assert found.notes == [
        "In the first run the joint surplus of Muesli and Grocer goes from $1.0M to $6.0M with the "
        "awareness of a brand (15 to 60 percent).",
        "Numbers with the same value from another source: 1.",
        "Known in A only: 2001-01-02, Muesli and Grocer, talks: they met",
    ]


def test_a_run_with_itself(runs: tuple[str, str]) -> None:
    found = compare(runs[0], runs[0])
    assert found.notes == ["Every fact and assumption is the same in both."]
    assert not any(line.differs for _, rows in found.sections for line in rows)


def test_two_outlooks(runs: tuple[str, str], with_outlook: dict[str, Any]) -> None:
    one, two = copy.deepcopy(with_outlook), copy.deepcopy(with_outlook)
    ahead = two["outlook"]
    ahead["paths"][0] |= {"net_value": 4e7, "periods_to_break_even": None}
    for row in ahead["draws"]["totals"]:
        row["mean"] *= 2 if row["quantity"] == "value_at_odds" else 0.5
    ahead["world"]["odds"] = [r | {"probability": r["probability"] / 2}
                              for r in ahead["world"]["odds"] if r["rival"] == "Bran"]  # fmt: skip
    ahead["world"]["rivals"] = ["Bran"]
    said = outlooks(one, two, runs)
    assert said["Weeks"] == (8, 8)
    assert said["Muesli: worth if launched"] == (19e6, 4e7)
    assert said["Muesli: worth at the odds"] == (5e6, 1e7)
    assert said["Kasha: launched"] == (0.6, 0.3)
    assert said["Muesli: weeks until paid back"] == (2, None)
    assert said["Muesli passes Bran in 2002, without grocers"] == pytest.approx((0.3, 0.15))
    assert not any("Oats & Co" in name for name in said)
    # What only one of them has is not compared.
    del ahead["draws"], ahead["world"]
    ahead["listing"] = None
    assert set(outlooks(one, two, runs)) == {
        "Weeks", "Draws", *(f"{manufacturer}: {what}" for manufacturer in ("Muesli", "Kasha")
                               for what in ("worth if launched", "weeks until paid back")),
    }  # fmt: skip
    two["outlook"] = None
    assert outlooks(one, two, runs) == outlooks(two, one, runs) == {}


def outlooks(one: Any, two: Any, places: tuple[str, str]) -> dict[str, tuple[Any, Any]]:
    """What a comparison of two runs says of time and risk."""
    for place, data in zip(places, (one, two), strict=True):
        write(Path(place), data)
    found = compare(*places)
    print_comparison(found, Console(file=io.StringIO(), width=100))
    return lines(found.sections)["Time and risk"]


def test_runs_without_talks(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    write(tmp_path, data)
    # The file itself is as good as its folder.
    said = lines(compare(str(tmp_path), str(file)).sections)
    assert said["Headline"]["Kasha, at list prices: times"] == (39.0, 39.0)
    assert said["Terms of deals"] == {}


def test_two_scenarios(runs: tuple[str, str]) -> None:
    found = compare(f"{runs[0]}:dear", f"{runs[0]}:baseline")
    said = lines(found.sections)
    assert "(Oats dearer)" in found.a
    assert said["Market"]["Units in all"] == (1_230_000.0, 1_500_000.0)
    assert said["Units by maker"]["Oats & Co"] == (800_000.0, 1_000_000.0)
    alike = lines(compare(f"{runs[0]}:mild", f"{runs[1]}:mild").sections)
    assert alike["Units by maker"] == alike["What was done"] == {}


def test_what_was_done_is_said(runs: tuple[str, str]) -> None:
    file = Path(runs[0]) / "results.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    launch = {"name": "Launch", "settings": {"product": "Gold"}}
    deal = {"name": "Deal", "settings": {"manufacturer": "Muesli", "channel": "Mart"}}
    data["scenarios"][0]["moves"] = [launch, deal]
    data["scenarios"][1]["moves"] = [launch]
    file.write_text(json.dumps(data), encoding="utf-8")
    names = [f"{runs[0]}:{data['scenarios'][k]['name']}" for k in (0, 1)]
    said = lines(compare(*names).sections)
    assert said["What was done"] == {"Deal: Muesli, Mart": ("yes", "no")}


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        ("nowhere", "{one}", ("found nowhere", "a folder with results.json", "inroads run")),
        ("{one}:mildd", "{one}:dear", ("mildd", "a scenario of the run", "did you mean 'mild'?")),
        ("{one}:dear", "{one}", ("two runs, or two scenarios", "RUN:baseline")),
        ("{bad}", "{one}", ("a results.json that inroads wrote", "inroads run")),
        ("{old}", "{one}", ("expected schema_version 4", "run the study again")),
    ],
)
def test_clear_refusals(
    a: str, b: str, wanted: tuple[str, ...], runs: tuple[str, str], tmp_path: Path
) -> None:
    for name, text in (
        ("bad", "{"),
        ("old", '{"study": {}, "baseline": {}, "scenarios": [{}], "calibration": 3, "ledger": []}'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(text, encoding="utf-8")
    places = {"one": runs[0], "bad": str(tmp_path / "bad"), "old": str(tmp_path / "old")}
    with pytest.raises(InputError) as refused:
        compare(a.format(**places), b.format(**places))
    assert [w for w in (*wanted, "Remedy: ") if w not in str(refused.value)] == []


def test_it_prints_text_as_text(runs: tuple[str, str]) -> None:
    file = Path(runs[1]) / "results.json"
    file.write_text(
        file.read_text(encoding="utf-8").replace("Habit", "[bold]Habit[/bold]"), encoding="utf-8"
    )
    out = io.StringIO()
    print_comparison(compare(*runs), Console(file=out, width=100, color_system=None))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    assert "250,000" in text
    assert "+100%" in text
    assert "−$5.00M" in text or "−$5.0M" in text
    assert "loyal-share-later" in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Line("", 2.0, 3.0), "+50%"),
        (Line("", 3.0, 2.0), "−33%"),
        (Line("", -2.0, 3.0), "+5.0"),
        (Line("", 1e6, -1e6, "money"), "−$2.0M"),
        (Line("", 0.5, 0.75, "share"), "+25 points"),
        (Line("", 2.0, 2.0 * (1 + 1e-12)), ""),
        (Line("", 12.0, 5.0, "count"), "−7"),
        (Line("", 16, 1000, "count"), "+984"),
        (Line("", None, 3.0), ""),
        (Line("", "a", "b", "text"), ""),
    ],
)
def test_changes(line: Line, said: str) -> None:
    assert change(line) == said
