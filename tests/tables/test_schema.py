"""Each way in which a table can be wrong is found, named and answered."""

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError, Problem
from inroads.tables.schema import Column, Schema, check_table, load_table
from inroads.tables.schemas import ASSUMPTIONS, CHANNELS, FACTS, MARGINS, OFFERS, PRODUCTS, TARGETS

OFFER = {"product": "Pixel 2", "channel": "Verizon", "price": "649"}
DEVICE = {
    "product": "Pixel 2",
    "manufacturer": "Google",
    "brand": "Google",
    "platform": "Android",
    "tier": "flagship",
    "launched": "2017-10",
    "standards": "gsm+cdma",
    "ram": "4",
}


def only(frame: pd.DataFrame, schema: Schema) -> Problem:
    problems = check_table(frame, schema)
    assert len(problems) == 1, problems
    return problems[0]


def offers(**cells: object) -> pd.DataFrame:
    return pd.DataFrame([OFFER, {**OFFER, "product": "Mate 10", **cells}])


def test_a_good_table_has_no_problems() -> None:
    assert check_table(offers(price="@price-mate-10|@price-mate-9"), OFFERS) == []
    assert check_table(pd.DataFrame([DEVICE]), PRODUCTS) == []


def test_a_message_says_where_what_and_what_to_do() -> None:
    assert str(only(offers(price="-5"), OFFERS)) == (
        "offers.csv, row 3, column 'price': found -5; expected a number above 0 (dollars) "
        "or a reference @id. Remedy: correct the number, or its unit."
    )


@pytest.mark.parametrize(
    "cell",
    [
        *("-5", "0", "free", "$649", "1,000", "6 49", "nan", "inf", "1e999", "1_000", "0x10"),
        *("", "@", "@Price", "@a|b", "\u0666\u0664", np.inf, np.nan, None, True),
    ],
)
def test_a_bad_price(cell: object) -> None:
    problem = only(offers(price=cell), OFFERS)
    assert (problem.file, problem.row, problem.column) == ("offers.csv", 3, "price")


@pytest.mark.parametrize("cell", ["649", "6.49e2", " 649 ", ".5", "5.", "@a|@b", 649, 649.5])
def test_a_good_price(cell: object) -> None:
    assert check_table(offers(price=cell), OFFERS) == []


def test_a_missing_column_with_the_one_that_was_meant() -> None:
    missing, unknown = check_table(offers().rename(columns={"price": "prices"}), OFFERS)
    assert missing.column == "price"
    assert "did you mean 'prices'?" in missing.remedy
    assert unknown.column == "prices"
    assert "did you mean 'price'?" in unknown.remedy


def test_a_missing_column_where_others_are_free() -> None:
    frame = pd.DataFrame([DEVICE]).rename(columns={"launched": "launch"})
    problems = check_table(frame, PRODUCTS)
    assert problems[0].column == "launched"
    assert "did you mean 'launch'?" in problems[0].remedy


def test_free_columns_hold_numbers() -> None:
    assert only(pd.DataFrame([{**DEVICE, "ram": "four"}]), PRODUCTS).column == "ram"


def test_a_share_above_one() -> None:
    problem = only(pd.DataFrame([{"name": "apple", "value": "38"}]), MARGINS)
    assert problem.value == "38"
    assert "from 0 to 1" in problem.expected


def test_two_rows_for_one_offer() -> None:
    problem = only(offers(product="Pixel 2", price="599"), OFFERS)
    assert problem.row == 3
    assert problem.value == "Pixel 2, Verizon again, first in row 2"


@pytest.mark.parametrize("cell", ["2017-13", "2017-02-29", "17-10", "October 2017", "2017/10", "0"])
def test_a_date_that_is_no_date(cell: str) -> None:
    problem = only(pd.DataFrame([{**DEVICE, "launched": cell}]), PRODUCTS)
    assert problem.column == "launched"
    assert "YYYY-MM-DD" in problem.expected


def test_a_word_that_is_not_a_choice() -> None:
    row = {"name": "stay", "moment": "retension", "of": "Apple", "value": "0.8", "error": "0.05"}
    problem = only(pd.DataFrame([row]), TARGETS)
    assert "'retention'" in problem.expected
    assert problem.remedy == "did you mean 'retention'?"


def test_a_list_with_a_gap() -> None:
    frame = pd.DataFrame([{"name": "both", "manufacturer": "Apple;;LG", "value": "0.5"}])
    assert "superfluous" in only(frame, MARGINS).remedy


def test_ids_are_kebab_case_and_assumptions_have_reasons() -> None:
    row = {"id": "Home_Share", "value": "1", "low": "0", "high": "@x", "unit": "", "reason": " "}
    columns = [problem.column for problem in check_table(pd.DataFrame([row]), ASSUMPTIONS)]
    assert columns == ["id", "high", "reason"]


def test_a_fact_needs_a_source_and_a_date() -> None:
    row = {"id": "a", "subject": "s", "metric": "m", "value": "1", "published": "", "source": ""}
    columns = [problem.column for problem in check_table(pd.DataFrame([row]), FACTS)]
    assert columns == ["published", "source"]


def test_an_error_of_zero_is_no_standard_error() -> None:
    row = {"name": "a", "moment": "retention", "value": "-3", "error": "0"}
    assert only(pd.DataFrame([row]), TARGETS).column == "error"


def test_every_problem_is_reported_at_once() -> None:
    frame = pd.DataFrame([{**OFFER, "price": "x", "months": "-1"}, {**OFFER, "channel": ""}])
    with pytest.raises(InputError) as caught:
        load_table(frame, OFFERS)
    assert len(caught.value.problems) == 3
    assert str(caught.value).startswith("3 problems:\n  offers.csv, row 2, ")


def test_the_name_of_the_source_is_used() -> None:
    with pytest.raises(InputError, match="other offers, row 3"):
        load_table(offers(price="x"), OFFERS, "other offers")


def test_optional_columns_are_filled_in() -> None:
    row = {"channel": "AT&T", "standard": None, "months": 24}
    table = load_table(pd.DataFrame([row]), CHANNELS)
    cells = table[["standard", "months", "down"]].iloc[0].tolist()
    assert cells == ["any", "24", ""]


def test_ranges_are_compared_in_the_unit_of_the_number() -> None:
    share = Column("s", "number", low=0, high=1)
    assert share.admits(34, "percent")
    assert not share.admits(34)
    assert not Column("s", "number", high=50, unit="percent").admits(0.6, "")
    assert not Column("s", "number", low=0, low_open=True).admits(0)
