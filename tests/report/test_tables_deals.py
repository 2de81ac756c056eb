"""Tables about deals and what they rest on: what they say is the data's."""

from typing import Any

from inroads.report.tables_holds import DEALS, HOLDS, sheets


def column(data: dict[str, Any], name: str, head: str) -> list[str]:
    sheet = sheets(data)[name]
    return [row[list(sheet.heads).index(head)] for row in sheet.rows]


def test_every_table_has_rows_as_wide_as_its_head(with_talks: dict[str, Any]) -> None:
    found = sheets(with_talks)
    assert set(found) == set(DEALS | HOLDS)
    for sheet in found.values():
        assert {len(row) for row in sheet.rows} == {len(sheet.heads)}
        assert all(text for row in sheet.rows for text in row[1:])


def test_no_tables_without_talks(data: dict[str, Any], with_talks: dict[str, Any]) -> None:
    assert sheets(data) == {}
    with_talks["strategy"] = {"firms": with_talks["strategy"]["firms"]}
    assert set(sheets(with_talks)) == {"carriers", "materials"}


def test_what_deals_are_worth(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "worth", "Joint surplus") == ["$3.0M", "$6.0M", "$9.0M", "$12M"]
    assert column(with_talks, "worth", "Maker gains")[0] == "$1.0M"
    assert column(with_talks, "worth", "Carrier without")[0] == "−$7.0M"
    assert column(with_talks, "worth", "State of talks") == [
        *["in talks (2001-01-02)"] * 2, *["none known"] * 2,
    ]  # fmt: skip
    assert list(sheets(with_talks)["worth"].bold) == [0, 1, 2, 3]
    assert column(with_talks, "terms", "Agreed wholesale")[0] == "$2,500"


def test_devices_clauses_and_shelves(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "midrange", "Devices") == ["flagships", "and mid-range"]
    assert column(with_talks, "midrange", "Units there") == ["100,000", "220,000"]
    assert column(with_talks, "other_terms", "Fee to the maker") == ["—", "$500k"]
    assert set(column(with_talks, "exclusive", "Would it pay?")) == {"no"}
    assert column(with_talks, "exclusive", "To the maker")[0] == "−$300k"
    assert column(with_talks, "shelves", "Carrier")[:3] == [
        "Grocer (partner)", "Mart (partner)", "Corner",
    ]  # fmt: skip
    assert column(with_talks, "shelves", "Price of the others")[:3] == ["+$2", "+$0", "−$0"]


def test_whether_deals_hold(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "prospects", "Launched with probability")[1:3] == [
        "50 percent", "if begun: 50 percent",
    ]  # fmt: skip
    with_talks["strategy"]["talks"][0] |= {"maker_gain": -1.0, "carrier_gain": -2.0}
    assert column(with_talks, "prospects", "Hazard that talks bear")[:2] == ["none", "60 percent"]
    assert column(with_talks, "politics", "Tariff revenue") == ["+$130k", "—"]
    assert column(with_talks, "levers", "Times") == ["10×", "8.0×", "3.0×"]


def test_firms_and_assumptions(with_talks: dict[str, Any]) -> None:
    assert column(with_talks, "carriers", "Target") == ["−25 percent", "—"]
    assert column(with_talks, "carriers", "Its weight, mean of makers") == ["0.66", "0.66"]
    assert column(with_talks, "term_swings", "At") == [
        *("15 percent", "60 percent", "10 percent", "40 percent"),
        *("−1 standard error", "+1 standard error"),
    ]
