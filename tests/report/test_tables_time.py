"""Tables about time and risk, on the page and on the terminal: what they say is the data's."""

import io
from typing import Any

from example import tree
from rich.console import Console
from shown import column, section_of, table

from inroads.report.sections.time.worth import brief_table, no_common_ground, points_words
from inroads.report.terminal import print_results, terminal_table


def printed(data: dict[str, Any], width: int) -> str:
    out = io.StringIO()
    results = tree(data)
    assert results.outlook is not None
    brief = terminal_table(brief_table(results, results.outlook))
    Console(file=out, width=width, color_system=None).print(brief)
    return out.getvalue()


def test_every_table_has_rows_as_wide_as_its_head(with_outlook: dict[str, Any]) -> None:
    sections = [section_of(with_outlook, name) for name in ("time", "moves", "world")]
    found = [table for section in sections if section is not None for table in section.tables]
    assert len(found) == 6
    for each in found:
        assert {len(row) for row in each.rows} == {len(each.heads)}
        assert all(text for row in each.rows for text in row[1:])


def test_what_deals_are_worth(with_outlook: dict[str, Any]) -> None:
    assert column(with_outlook, "time", "Worth if launched") == ["$19 million", "$38 million"]
    after = column(with_outlook, "time", "Pays for itself after")
    assert after == ["2 weeks", "not within 8 weeks"]
    row = table(with_outlook, "time", "Worth if launched").rows[0]
    assert row[3:] == [
        *("$10 million to $30 million", "90%", "60%", "$5 million"),
        *("−$1 million to $8 million", "40%"),
    ]
    outlook = tree(with_outlook).outlook
    assert outlook is not None
    assert points_words(outlook).startswith(
        "One percent of consumers, made aware by campaigns, may cost up to $400k for Muesli"
    )
    assert column(with_outlook, "time", "Both at once") == ["$8.0M"] * 2
    assert column(with_outlook, "time", "One, then go on") == ["$4.0M"] * 2
    with_outlook["outlook"]["staged_entry"][0]["value"] = 8.5e6
    assert column(with_outlook, "time", "Best start, then free") == ["$8.5M", "$8.0M"]


def test_a_bridge_from_worth_if_launched_to_worth_at_the_odds(
    with_outlook: dict[str, Any],
) -> None:
    def bridge() -> Any:
        return table(with_outlook, "time", "Worth")

    assert [row[1] for row in bridge().rows] == ["$19M", "$20M", "$15M", "$9.0M", "$8.0M", "$5M"]
    for row in with_outlook["outlook"]["draws"]["totals"]:
        if row["quantity"] == "value_if_launched" and row["manufacturer"] == "Kasha":
            row["quantiles"]["p5"], row["quantiles"]["p95"] = 2e6, 3e7
    words = "is 25 percent for Muesli and 25 percent for Kasha."
    results = tree(with_outlook)
    assert results.outlook is not None
    assert no_common_ground(results.outlook).endswith(words)
    # Whose draws lie too far apart for a number is not in it.
    assert list(bridge().heads) == ["Worth", "Muesli"]


def test_who_gains_and_who_loses(with_outlook: dict[str, Any]) -> None:
    rows = table(with_outlook, "time", "Firm").rows
    assert rows[0] == ["Kasha", "—", "+$38M"]
    assert ["Bran", "−$4.0M", "−$8.0M"] in rows
    for path in with_outlook["outlook"]["paths"]:
        path["firm_value_changes"] |= {f"Small {k}": 1.0 for k in range(20)}
    assert len(table(with_outlook, "time", "Firm").rows) == 8


def test_the_world_by_year(with_outlook: dict[str, Any]) -> None:
    assert column(with_outlook, "world", "Passes") == ["Bran", "", "Oats & Co", ""]
    assert column(with_outlook, "world", "Year") == ["2001", "2002"] * 2
    assert column(with_outlook, "world", "With them") == ["33%", "38%", "18%", "23%"]


def test_intervals_of_the_first_period(with_outlook: dict[str, Any]) -> None:
    assert column(with_outlook, "moves", "Central numbers")[:4] == [
        *("200,000", "5.0%", "20×", "$3.0M"),
    ]
    assert column(with_outlook, "moves", "95 percent")[2:4] == ["30×", "$4.5M"]
    with_outlook["outlook"]["paths"][0]["units_without_deals"][0] = 0.0
    assert column(with_outlook, "moves", "Central numbers")[2] == "—"


def test_less_of_it(with_outlook: dict[str, Any], with_talks: dict[str, Any]) -> None:
    assert section_of(with_talks, "time") is None
    ahead = with_outlook["outlook"]
    del ahead["draws"], ahead["world"]
    ahead["staged_entry"] = []
    section = section_of(with_outlook, "time")
    assert section is not None
    value, firms = section.tables
    assert len(value.heads) == 3
    assert section_of(with_outlook, "moves") is None
    assert section_of(with_outlook, "world") is None
    assert firms.heads[0] == "Firm"


def test_the_terminal_has_it_in_eighty_columns(with_outlook: dict[str, Any]) -> None:
    text = printed(with_outlook, 80)
    assert "…" not in text
    rows = [line.split() for line in text.splitlines() if line.startswith(("Muesli", "Kasha"))]
    assert rows[0] == [
        *("Muesli", "$19M", "($10M", "to", "$30M)", "2", "$5M", "(−$1.0M", "to", "$7.5M)", "40%"),
    ]
    assert rows[1][5] == "never"
    assert "(400 in all)" in " ".join(text.split())
    del with_outlook["outlook"]["draws"]
    text = printed(with_outlook, 80)
    assert "odds" not in text
    assert "Muesli" in text


def test_the_terminal_shows_it_after_the_talks(with_outlook: dict[str, Any]) -> None:
    out = io.StringIO()
    print_results(tree(with_outlook), Console(file=out, width=100, color_system=None))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    assert text.index("8 weeks, at the odds") < text.index("Talks ")
    assert text.index("Talks ") < text.index("Deals of") < text.index("Scenario, at list prices")
