"""Tables that are right one by one and contradict each other."""

from collections.abc import Callable

import pandas as pd
import pytest

from inroads.study.links import check_links

Tables = dict[str, pd.DataFrame]


def study() -> Tables:
    return {
        "facts": pd.DataFrame({"id": ["price-x", "share-a"], "period": ["2017", "2017Q3"]}),
        "assumptions": pd.DataFrame({"id": ["cost"], "low": ["1"], "value": ["2"], "high": ["3"]}),
        "products": pd.DataFrame(
            {"product": ["X", "Mate 10"], "manufacturer": ["Apple", "Huawei"]}
        ),
        "channels": pd.DataFrame({"channel": ["AT&T", "Open channel"]}),
        "offers": pd.DataFrame(
            {"product": ["X", "Mate 10"], "channel": ["AT&T", "Open channel"], "price": "@price-x"}
        ),
        "margins": pd.DataFrame(
            {
                "name": ["apple", "att", "both"],
                "manufacturer": ["Apple", "", "Apple;Huawei"],
                "product": "",
                "channel": ["", "AT&T", "Open channel"],
                "value": ["@share-a", "0.5", "@cost|@share-a"],
                "of": ["", "apple", ""],
            }
        ),
    }


def test_a_sound_study_has_no_problems() -> None:
    assert check_links(study()) == []


def cell(table: str, column: str, row: int, value: str) -> Callable[[Tables], None]:
    def change(tables: Tables) -> None:
        tables[table].loc[row - 2, column] = value

    return change


@pytest.mark.parametrize(
    ("change", "place", "found"),
    [
        (cell("offers", "product", 3, "Mate 9"), ("offers.csv", 3, "product"), "Mate 9"),
        (cell("offers", "channel", 2, "ATT"), ("offers.csv", 2, "channel"), "ATT"),
        (
            cell("margins", "manufacturer", 4, "Apple;Xiaomi"),
            ("margins.csv", 4, "manufacturer"),
            "Xiaomi",
        ),
        (cell("margins", "product", 2, "Y"), ("margins.csv", 2, "product"), "Y"),
        (cell("margins", "channel", 3, "Amazon"), ("margins.csv", 3, "channel"), "Amazon"),
        (cell("margins", "of", 3, "aple"), ("margins.csv", 3, "of"), "aple"),
        (cell("margins", "of", 2, "apple"), ("margins.csv", 2, "of"), "apple of apple"),
        (cell("margins", "of", 2, "att"), ("margins.csv", 2, "of"), "apple of att of apple"),
        (cell("margins", "value", 2, "@share-b"), ("margins.csv", 2, "value"), "@share-b"),
        (cell("offers", "price", 3, "@price-x|@no"), ("offers.csv", 3, "price"), "@no"),
        (cell("assumptions", "id", 2, "share-a"), ("assumptions.csv", 2, "id"), "share-a, also"),
        (cell("assumptions", "low", 2, "2.5"), ("assumptions.csv", 2, None), "2.5 <= 2 <= 3"),
        (cell("assumptions", "high", 2, "-1"), ("assumptions.csv", 2, None), "1 <= 2 <= -1"),
        (cell("margins", "channel", 2, "Open channel"), ("margins.csv", 2, None), "no offer for"),
    ],
)
def test_a_contradiction_is_named(
    change: Callable[[Tables], None], place: tuple[str, int, str | None], found: str
) -> None:
    tables = study()
    change(tables)
    problems = check_links(tables)
    assert any((p.file, p.row, p.column) == place and found in str(p.value) for p in problems), (
        problems
    )


def test_a_series_needs_periods() -> None:
    tables = study()
    tables["facts"] = pd.DataFrame({"id": ["price-x", "share-a", "share-a"], "period": "then"})
    assert [p.row for p in check_links(tables)] == [3, 4]


def test_a_close_name_is_suggested() -> None:
    tables = study()
    cell("offers", "product", 3, "Mate 1O")(tables)
    assert check_links(tables)[0].remedy == "did you mean 'Mate 10'?"


def test_missing_tables_and_columns_are_left_to_others() -> None:
    assert check_links({}) == []
    for name in study():
        tables = study()
        del tables[name]
        check_links(tables)
        tables[name] = pd.DataFrame({"unrelated": ["1"]})
        check_links(tables)
