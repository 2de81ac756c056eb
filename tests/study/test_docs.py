"""The page on the press report: its numbers are a run's, its facts are the study's."""

import re
from pathlib import Path
from typing import Any

import pytest

from inroads.errors import InputError
from inroads.report.quotations import MARK, look_up, refresh, refresh_content
from inroads.study.load import Study
from inroads.study.results import Run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "us-2018.md"
TEXT = PAGE.read_text(encoding="utf-8")
# Numbers that are names, dates, or words of a fact.
NAMES = r"\*\*\d+\. |us-2018|\b20(?:0\d|1\d)\b|\b15 December\b|Galaxy S8|\b400 dollars\b"
HEADINGS = (
    "negotiate", "flagships", "unlocked", "subsidise", "instalments", "at once", "know these",
    "Earlier talks", "Washington", "long run", "listing", "pass Apple",
)  # fmt: skip


#: places whose numbers hang on draws
DRAWN = re.compile(r"outlook/(draws|world)")


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_numbers_are_those_of_a_run(us_results: Run) -> None:
    """To renew them: python -m inroads.report.quotations out/us-2018 docs/us-2018.md"""
    now = refresh(TEXT, us_results.results)
    old, new = ([m[3] for m in MARK.finditer(text)] for text in (TEXT, now))
    places = [m[2] for m in MARK.finditer(TEXT)]
    # The page has the study's draws, this run has fewer: what they say is compared in kind alone.
    changed = [
        row
        for row in zip(places, old, new, strict=True)
        if row[1] != row[2] and not DRAWN.search(row[0])
    ]
    assert changed == []
    assert len(old) > 70


def test_no_number_is_written_by_hand() -> None:
    plain = re.sub(r"`[^`]*`", "", MARK.sub("", TEXT))
    plain = re.sub(NAMES, "", plain)
    assert [line for line in plain.splitlines() if re.search(r"\d", line)] == []


def test_no_line_begins_with_a_mark() -> None:
    """Markdown takes such a line for a block of HTML, and ends the paragraph."""
    assert [line for line in TEXT.splitlines() if line.lstrip().startswith("<!--")] == []


def test_every_part_of_the_question_is_there() -> None:
    found = sections(TEXT)
    points = found.pop("The referee's twenty points")
    assert len(re.findall(r"^\*\*\d+\. ", points, re.MULTILINE)) >= 10
    assert len(MARK.findall(points)) > 40
    assert len(found) == len(HEADINGS)
    for heading, wanted in zip(found, HEADINGS, strict=True):
        assert wanted in heading
        for part in ("What the model finds", "How sure", "What carries it"):
            assert f"**{part}.**" in found[heading], heading


def test_facts_named_are_known_to_the_study(us: Study, us_results: Run) -> None:
    named = {
        name
        for text in sections(TEXT).values()
        for name in re.findall(r"`([^`]+)`", text.partition("**What carries it.**")[2])
    }
    assert len(named) > 50
    assumed = set(us.tables["assumptions"]["id"])
    assert named - set(us.facts.published["id"]) - assumed == set()
    # Nearly all of them went in; a few only bear on others.
    used = {row.id for row in us_results.results.ledger}
    assert len(named - used) < 0.15 * len(named), named - used


def test_several_bad_ends_together_undo_the_talks(us_results: Run) -> None:
    """As the last section says: a campaign that reaches few, and a high political hazard."""
    found = us_results.results.negotiations
    assert found is not None
    swings = {swing.assumption: swing for swing in found.swings}
    few, hostile = swings["awareness-campaign"].low, swings["political-hazard"].high
    cost = found.prospects[0].launch_cost
    value = (few.expected_value + cost) / few.launch_probability
    worth = hostile.launch_probability * value - cost
    assert worth < min(0.0, hostile.expected_value) < few.expected_value


# Quotations ---------------------------------------------------------------------------------------

DATA: dict[str, Any] = {
    "rows": [
        {"a": "x y", "b": "1", "value": 1234.5},
        {"a": "x y", "b": "2", "value": 0.25},
        {"a": "z", "b": "1", "value": -3e6},
    ],
    "lists": [[{"manufacturer": "A", "channel": "p"}, {"manufacturer": "A", "channel": "q"}], []],
    "deep": {"er": {"value": 15.0, "unit": "percent", "low": 5.0, "high": 20.0}},
}


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("units rows/a=x+y/b=1/value", "1,200"),
        ("percent rows/a=x+y/b=2/value", "25 percent"),
        ("cost rows/a=z/value", "$3.0 million"),
        ("share rows/a=x+y/b=2/value deep/er/value", "1.7 percent"),
        ("less deep/er/low deep/er/high", "−300 percent"),
        ("given deep/er", "15 percent"),
        ("range deep/er", "5 to 20 percent"),
        ("deals lists/0", "A-p and A-q"),
        ("count rows", "3"),
        ("odds rows/a=x+y/b=2/value", "1.3"),
        ("low deep/er", "5"),
        ("high deep/er", "20"),
        ("more deep/er/low deep/er/high", "300 percent"),
    ],
)
def test_quotations(mark: str, said: str) -> None:
    text = f"before <!--={mark}-->anything<!--/--> after"
    assert refresh_content(text, DATA) == f"before <!--={mark}-->{said}<!--/--> after"
    assert refresh_content(refresh_content(text, DATA), DATA) == refresh_content(text, DATA)


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [
        ("units nowhere/a", "'nowhere' in the results"),
        ("units rows/value", "one row before 'value', not 3"),
        ("units rows/a=none/value", "one row before 'value', not 0"),
        ("shout deep/er/value", "a form, one of units"),
        ("units deep/er", "what can be said as units"),
    ],
)
def test_quotations_that_lead_nowhere(mark: str, wanted: str) -> None:
    with pytest.raises(InputError) as refused:
        refresh_content(f"<!--={mark}--><!--/-->", DATA)
    assert wanted in str(refused.value)


def test_one_row_may_be_meant() -> None:
    assert look_up(DATA, "rows/b=2") == DATA["rows"][1]
    assert look_up({"events": ["a", "b"]}, "events") == ["a", "b"]
