"""The terminal's table."""

import io
from typing import Any

from example import tree
from rich.console import Console

from inroads.report.terminal import print_results


def printed(data: dict[str, Any]) -> str:
    out = io.StringIO()
    print_results(tree(data), Console(file=out, width=100, color_system=None))
    return out.getvalue()


def test_it_fits_and_holds_the_numbers(data: dict[str, Any]) -> None:
    data["study"]["title"] = "[bold]Whose[/bold] oats? [/]"
    text = printed(data)
    assert max(map(len, text.splitlines())) <= 100
    assert "[bold]Whose[/bold] oats? [/]" in text
    assert "150k (110k–190k)" in text
    assert "7.3×" in text
    assert "+$1.2M" in text
    assert "awareness  " not in text
    assert "…" not in text
    assert "as known on 2001-02-03" in text
    assert "distance 0.45" in " ".join(text.split())


def test_studies_without_entry(without_entry: dict[str, Any], one_entrant: dict[str, Any]) -> None:
    text = printed(without_entry)
    assert "Oats dearer" in text
    assert "1.23M" in text
    assert "−$310,000" in text
    assert "Muesli" in printed(one_entrant)
    without_entry["scenarios"] = []
    assert "Scenario" not in printed(without_entry)


def test_talks_come_first(with_talks: dict[str, Any]) -> None:
    text = printed(with_talks)
    assert max(map(len, text.splitlines())) <= 100
    assert "…" not in text
    table = text.index("Talks ")
    assert (
        text.index("There is something to split") < table < text.index("Scenario, at list prices")
    )
    rows = [line for line in text[table:].splitlines() if line.startswith("Muesli, Grocer")]
    assert rows[0].split() == [
        *("Muesli,", "Grocer", "100k", "$3.0M", "$1.0M", "$2.0M", "$2,500", "($1,800–$4,000)"),
        *("$2,200", "50%"),
    ]
    # No talks are known: what would hold if they began.
    mart = next(line for line in text.splitlines() if line.startswith("Kasha, Mart"))
    assert mart.endswith("(50%)")
    assert "a week" in text
