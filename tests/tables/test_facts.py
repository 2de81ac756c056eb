"""A number is known from a source on a date, or assumed, or given; never from the future."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inroads.errors import InputError
from inroads.tables.cells import in_unit
from inroads.tables.dates import known_on, parse_date, period_end
from inroads.tables.facts import LEDGER_COLUMNS, Facts
from inroads.tables.schemas import CHANNELS, MARGINS, OFFERS, PRODUCTS


def fact(
    id: str, value: object, published: str, period: str = "", unit: str = ""
) -> dict[str, object]:
    return {
        "id": id,
        "subject": "subject",
        "metric": "metric",
        "value": value,
        "unit": unit,
        "period": period,
        "published": published,
        "source": f"paper of {published}",
        "url": "https://example.org",
        "quote": "so many",
    }


FACTS = pd.DataFrame(
    [
        fact("share", 30, "2017-08", "2017Q2", "percent of sales"),
        fact("share", 34, "2017-11", "2017Q3", "percent of sales"),
        fact("share", 35, "2017-11-20", "2017Q3", "percent of sales"),
        fact("share", 41, "2018-02", "2017Q4", "percent of sales"),
        fact("share", 29, "2017-11-25", "2017Q1", "percent of sales"),
        fact("phones", 1.5, "2017", "2017", "million phones"),
        fact("sales", 2, "2016", "2016", "billion dollars"),
    ]
)
ASSUMPTIONS = pd.DataFrame(
    [
        {
            "id": "rate",
            "value": 15,
            "low": 10,
            "high": 30,
            "unit": "percent a year",
            "reason": "so",
        },
        {"id": "cost", "value": 200, "low": 150, "high": 250, "unit": "dollars", "reason": "thus"},
    ]
)


def facts(as_of: date | str) -> Facts:
    return Facts(FACTS, ASSUMPTIONS, as_of)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2017", date(2017, 12, 31)),
        ("2017-11", date(2017, 11, 30)),
        ("2016-02", date(2016, 2, 29)),
        ("2017-11-08", date(2017, 11, 8)),
    ],
)
def test_known_at_the_end_of_what_is_written(text: str, day: date) -> None:
    assert known_on(text) == day


def test_dates_and_times_are_days() -> None:
    for given_day in (date(2017, 12, 15), datetime(2017, 12, 15, 8), "2017-12-15"):
        assert parse_date(given_day) == date(2017, 12, 15)
    assert facts(datetime(2017, 12, 15, 8)).as_of == date(2017, 12, 15)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2017", date(2017, 12, 31)),
        ("2017Q3", date(2017, 9, 30)),
        ("2017H1", date(2017, 6, 30)),
        ("2017-11", date(2017, 11, 30)),
        ("2017-11-08", date(2017, 11, 8)),
        ("2017 February", date(2017, 2, 28)),
        ("2017-09 launch", date(2017, 9, 30)),
        ("2016-09/2016-11", date(2016, 11, 30)),
        ("2017Q1-2017Q3", date(2017, 9, 30)),
        ("FY2016 (to 2016-01)", date(2016, 12, 31)),
        ("2017-2018", date(2018, 12, 31)),
        ("mid-2017", date(2017, 12, 31)),
        ("then", date.min),
        ("", date.min),
        ("0000", date.min),
    ],
)
def test_the_end_of_a_period(period: str, day: date) -> None:
    assert period_end(period) == day


@given(st.text(max_size=20))
def test_any_period_and_date(text: str) -> None:
    assert isinstance(period_end(text), date)
    try:
        known_on(text)
    except InputError as error:
        assert "YYYY-MM-DD" in str(error)


@pytest.mark.parametrize(
    ("as_of", "share"),
    [
        ("2017-08-31", 0.30),
        ("2017-11-19", 0.30),
        ("2017-11-20", 0.35),
        ("2017-11-29", 0.35),
        ("2017-11-30", 0.34),
        ("2018-02-27", 0.34),
        ("2018-02-28", 0.41),
    ],
)
def test_the_latest_period_known_is_used(as_of: str, share: float) -> None:
    assert facts(as_of).resolve("@share", "here").value == share


def test_a_year_counts_at_its_end() -> None:
    with pytest.raises(InputError, match="known from 2017-12-31"):
        facts("2017-12-30").resolve("@phones", "here")
    assert facts("2017-12-31").resolve("@phones", "here").value == 1.5e6


@given(st.dates(date(2016, 1, 1), date(2019, 1, 1)))
def test_nothing_later_is_ever_used(as_of: date) -> None:
    known = facts(as_of)
    assert all(known_on(text) <= as_of for text in known.published["published"])
    for id in ("share", "phones", "sales"):
        try:
            quantity = known.resolve(f"@{id}", "here")
        except InputError:
            assert id not in set(known.published["id"])
        else:
            assert known_on(quantity.published) <= as_of


def test_the_first_alternative_known_is_used() -> None:
    assert facts("2017-11-30").resolve("@phones|@share", "here").id == "share"
    assert facts("2018-01-01").resolve("@phones | @share", "here").id == "phones"
    assert facts("2010-01-01").resolve("@phones|@cost|@share", "here").kind == "assumed"


def test_nothing_known_yet_says_from_when() -> None:
    with pytest.raises(InputError) as caught:
        facts("2016-06-30").resolve("@sales|@phones", "margins.csv: apple: value")
    message = str(caught.value)
    assert "margins.csv: apple: value" in message
    assert "expected a fact known on 2016-06-30" in message
    assert "@sales is known from 2016-12-31" in message
    assert "@phones is known from 2017-12-31" in message


def test_an_unknown_reference_is_refused_even_beside_a_known_one() -> None:
    with pytest.raises(InputError, match="did you mean 'share'"):
        facts("2018-01-01").resolve("@shares|@cost", "here")


@pytest.mark.parametrize("cell", ["", "many", "@", None, "@Share", float("nan"), float("inf")])
def test_what_is_neither_number_nor_reference(cell: object) -> None:
    with pytest.raises(InputError, match="expected a number or a reference"):
        facts("2018-01-01").resolve(cell, "here")


def test_units() -> None:
    assert in_unit(7, "percent") == 0.07
    assert in_unit(7, "Percent of sales") == 0.07
    assert in_unit(1.5, "million phones") == 1.5e6
    assert in_unit(2, "billion") == 2e9
    assert in_unit(2, "dollars") == 2
    assert in_unit(119, "EUR with 19 percent tax") == pytest.approx(100, rel=1e-15)
    assert in_unit(5.35, "million EUR with 7% tax") == pytest.approx(5e6, rel=1e-15)
    assert facts("2018-01-01").resolve("38", "here", unit="percent").value == 0.38


def test_an_assumption_brings_its_bounds_and_reason() -> None:
    rate = facts("2010-01-01").resolve("@rate", "here")
    assert (rate.kind, rate.value, rate.raw, rate.low, rate.high, rate.reason) == (
        "assumed", 0.15, 15, 0.1, 0.3, "so"
    )  # fmt: skip


def test_the_ledger_keeps_every_number_once() -> None:
    known = facts("2017-11-30")
    for cell, where in [
        ("@share", "a"),
        ("@share", "b"),
        ("@share", "a"),
        ("@rate", "a"),
        (3, "c"),
    ]:
        known.resolve(cell, where)
    ledger = known.ledger()
    assert tuple(ledger.columns) == LEDGER_COLUMNS
    assert ledger["where"].tolist() == ["a", "b", "a", "c"]
    assert ledger["kind"].tolist() == ["fact", "fact", "assumed", "given"]
    assert ledger["value"].tolist() == [34, 34, 15, 3]
    assert ledger["unit"].tolist()[:3] == ["percent of sales"] * 2 + ["percent a year"]
    np.testing.assert_array_equal(ledger["low"], [np.nan, np.nan, 10, np.nan])
    np.testing.assert_array_equal(ledger["high"], [np.nan, np.nan, 30, np.nan])
    assert ledger["source"].tolist() == ["paper of 2017-11"] * 2 + ["", ""]
    assert ledger["period"].iloc[0] == "2017Q3"
    assert facts("2017-11-30").ledger().empty


def test_a_column_is_resolved_row_by_row() -> None:
    known = facts("2017-11-30")
    table = pd.DataFrame({"name": ["a", "b", "c"], "value": ["@share", "0.2", ""]})
    np.testing.assert_array_equal(
        known.resolve_column(table, "value", MARGINS), [0.34, 0.2, np.nan]
    )
    assert known.ledger()["where"].tolist() == ["margins.csv: a: value", "margins.csv: b: value"]


def test_a_column_reports_every_cell_without_a_value() -> None:
    table = pd.DataFrame({"product": ["X", "Y"], "channel": "AT&T", "price": ["@phones", "@no"]})
    with pytest.raises(InputError) as caught:
        facts("2017-11-30").resolve_column(table, "price", OFFERS)
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "price"), (3, "price")]


def test_a_reference_outside_the_range_is_refused() -> None:
    table = pd.DataFrame({"name": ["a"], "value": ["@cost"]})
    with pytest.raises(InputError, match="@cost, which is 200 dollars; expected a number from 0"):
        facts("2017-11-30").resolve_column(table, "value", MARGINS)


def test_a_free_column_may_hold_any_number() -> None:
    table = pd.DataFrame({"product": ["X"], "ram": ["-4"]})
    assert facts("2017-11-30").resolve_column(table, "ram", PRODUCTS).tolist() == [-4]
    with pytest.raises(KeyError):
        facts("2017-11-30").resolve_column(table, "ram", CHANNELS)


def test_a_bad_fact_table_is_refused() -> None:
    bad = pd.DataFrame([fact("share", "many", "2017-13")])
    with pytest.raises(InputError) as caught:
        Facts(bad, ASSUMPTIONS, "2018-01-01")
    assert [p.column for p in caught.value.problems] == ["value", "published"]
