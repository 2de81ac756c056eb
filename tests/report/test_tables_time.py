"""Tables about time and risk, on the page and on the terminal: what they say is the data's."""

import io
from typing import Any

from rich.console import Console

from inroads.report.tables_time import TIME, time_sheets
from inroads.report.terminal import print_results
from inroads.report.terminal_time import time_table


def column(data: dict[str, Any], name: str, head: str) -> list[str]:
    sheet = time_sheets(data)[name]
    return [row[list(sheet.heads).index(head)] for row in sheet.rows]


def printed(data: dict[str, Any], width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(time_table(data))
    return out.getvalue()


def test_every_table_has_rows_as_wide_as_its_head(with_outlook: dict[str, Any]) -> None:
    found = time_sheets(with_outlook)
    assert set(found) == set(TIME)
    for sheet in found.values():
        assert {len(row) for row in sheet.rows} == {len(sheet.heads)}
        assert all(text for row in sheet.rows for text in row[1:])


def test_what_deals_are_worth(with_outlook: dict[str, Any]) -> None:
    assert column(with_outlook, "value", "Worth if launched") == ["$19 million", "$38 million"]
    after = column(with_outlook, "value", "Pays for itself after")
    assert after == ["2 quarters", "not within 8 quarters"]
    row = time_sheets(with_outlook)["value"].rows[0]
    assert row[3:] == [
        *("$10 million to $30 million", "90%", "60%", "$5.0 million"),
        *("−$1.0 million to $7.5 million", "40%"),
    ]
    assert column(with_outlook, "points", "A point may cost in campaigns") == ["$400k"] * 2
    assert column(with_outlook, "options", "Both at once") == ["$8.0M"] * 2
    assert column(with_outlook, "options", "One, then go on") == ["$4.0M"] * 2


def test_who_gains_and_who_loses(with_outlook: dict[str, Any]) -> None:
    sheet = time_sheets(with_outlook)["firms_ahead"]
    assert sheet.rows[0] == ["Kasha", "—", "+$38M"]
    assert ["Bran", "−$4.0M", "−$8.0M"] in sheet.rows
    for e in with_outlook["outlook"]["entry"]:
        e["firms"] |= {f"Small {k}": {"net": 1.0} for k in range(20)}
    assert len(time_sheets(with_outlook)["firms_ahead"].rows) == 8


def test_the_world_by_year(with_outlook: dict[str, Any]) -> None:
    assert column(with_outlook, "passing", "Passes") == ["Bran", "", "Oats & Co", ""]
    assert column(with_outlook, "passing", "Year") == ["2001", "2002"] * 2
    assert column(with_outlook, "passing", "With them") == ["33%", "38%", "18%", "23%"]


def test_intervals_and_inputs(with_outlook: dict[str, Any]) -> None:
    assert column(with_outlook, "intervals", "Central numbers")[:4] == [
        *("200,000", "5.0%", "20×", "$3.0M"),
    ]
    assert column(with_outlook, "intervals", "95 percent")[2:4] == ["30×", "$4.5M"]
    with_outlook["outlook"]["entry"][0]["units_alone"][0] = 0.0
    assert column(with_outlook, "intervals", "Central numbers")[2] == "—"
    assert len(column(with_outlook, "inputs", "What is drawn")) == 6


def test_less_of_it(with_outlook: dict[str, Any], with_talks: dict[str, Any]) -> None:
    assert time_sheets(with_talks) == {}
    ahead = with_outlook["outlook"]
    del ahead["ensemble"], ahead["rank"]
    ahead["widening"] = []
    found = time_sheets(with_outlook)
    assert set(found) == {"value", "points", "firms_ahead"}
    assert len(found["value"].heads) == 3


def test_the_terminal_has_it_in_eighty_columns(with_outlook: dict[str, Any]) -> None:
    text = printed(with_outlook, 80)
    assert "…" not in text
    rows = [line.split() for line in text.splitlines() if line.startswith(("Muesli", "Kasha"))]
    assert rows[0] == [
        *("Muesli", "$19M", "($10M", "to", "$30M)", "2", "$5.0M", "(−$1.0M", "to", "$7.5M)", "40%"),
    ]
    assert rows[1][5] == "never"
    assert "(400 in all)" in " ".join(text.split())
    del with_outlook["outlook"]["ensemble"]
    text = printed(with_outlook, 80)
    assert "odds" not in text
    assert "Muesli" in text


def test_the_terminal_shows_it_after_the_talks(with_outlook: dict[str, Any]) -> None:
    out = io.StringIO()
    print_results(with_outlook, Console(file=out, width=100, color_system=None))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    assert "Over 8 quarters, at 10 percent a year" in text
    assert text.index("Talks ") < text.index("Deals of") < text.index("Scenario, at list prices")
