"""The ledger: every number that was written down is in it once, under a key of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pandas as pd
import pytest
from pydantic import BaseModel

from inroads.study.config.config import Config
from inroads.study.config.config_base import Cell
from inroads.study.load import Study, load_study
from inroads.study.outlook.outlook_results import DrawSettings
from inroads.study.results import Run
from inroads.study.run import run
from inroads.tables.cells import parse_number
from inroads.tables.facts import Facts
from inroads.tables.schemas import SCHEMAS

#: numbers of these tables have the source of their row, or are read by those who count them
BESIDE = {"facts", "assumptions", "launches", "shipments", "events"}


def cells(part: BaseModel, place: str = "") -> Iterator[tuple[str, float | str]]:
    """Every number of study.toml that is written there, by its path."""
    hints = get_type_hints(type(part), include_extras=True)
    for name in part.model_fields_set:
        here = f"{place}.{name}" if place else name
        yield from _within(getattr(part, name), here, hints[name])


def _within(value: Any, place: str, kind: Any) -> Iterator[tuple[str, float | str]]:
    if isinstance(value, BaseModel):
        yield from cells(value, place)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _within(entry, f"{place}.{key}", get_args(kind)[1])
    elif isinstance(value, tuple):
        for k, entry in enumerate(value):
            name = getattr(entry, "name", k)
            yield from _within(entry, f"{place}.{name}", get_args(_plain(kind))[0])
    elif value is not None and _is_cell(kind):
        yield place, value


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_cell(kind: Any) -> bool:
    if kind == Cell:
        return True
    if get_origin(kind) is Annotated:
        return get_args(kind)[0] == get_args(Cell)[0] and Cell.__metadata__[0] in get_args(kind)
    return get_origin(kind) in (Union, UnionType) and any(map(_is_cell, get_args(kind)))


def written(study: Study) -> dict[str, float | str]:
    """Every number of the study that has to be in the ledger, by its key."""
    found = {f"study.toml: {path}": cell for path, cell in cells(study.config)}
    for name, table in study.tables.items():
        schema = SCHEMAS[name]
        for column in schema.columns if name not in BESIDE else ():
            if column.kind != "number":
                continue
            for row in table.to_dict("records"):
                if cell := row[column.name]:
                    key = ", ".join(str(row[part]) for part in schema.key)
                    found[f"{schema.file}: {key}: {column.name}"] = cell
    return found


def check(study: Study, results: Run) -> None:
    """Every number once; numbers written in place with their value, others by an id."""
    used = [row for row in results.results.ledger if not row.named_by]
    places = [f"{row.file}: {row.place}" for row in used]
    assert [place for place, n in Counter(places).items() if n > 1] == []
    by_place = dict(zip(places, used, strict=True))
    wanted = written(study)
    assert [place for place in wanted if place not in by_place] == []
    for place, cell in wanted.items():
        number = parse_number(str(cell))
        row = by_place[place]
        assert (row.id == "") == (number is not None), place
        assert number is None or row.value == pytest.approx(number, rel=1e-12), place


def distinct(study: Study) -> Study:
    """The same with no two numbers alike: each is off by a part in a million of its own."""
    place = iter(range(1, 10_000))

    def off(value: float) -> float:
        return value * (1 + 1e-6 * next(place))

    def off_cell(cell: str) -> str:
        number = parse_number(cell)
        return cell if not number else str(off(number))

    def other(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: other(value) for key, value in part.items()}
        if isinstance(part, tuple):
            return tuple(map(other, part))
        return off(part) if isinstance(part, float) else part

    tables = dict(study.tables)
    for name in set(tables) - BESIDE - {"margins"}:  # which have to add up
        numbers = [column.name for column in SCHEMAS[name].columns if column.kind == "number"]
        tables[name] = tables[name].assign(
            **{column: list(map(off_cell, tables[name][column])) for column in numbers}
        )
    data = study.config.model_dump(exclude_unset=True)
    # What a search begins with and ends at is no number of the market.
    data |= {key: other(data[key]) for key in data if key not in ("parameters", "together")}
    data["parameters"] = {
        name: part | ({"value": off(part["value"])} if "value" in part else {})
        for name, part in data["parameters"].items()
    }
    return replace(study, config=Config.model_validate(data), tables=tables)


def test_every_number_of_a_study_is_found_once(espresso_ahead: Path) -> None:
    study = distinct(load_study(espresso_ahead))
    literals = {
        place: number
        for place, cell in written(study).items()
        if (number := parse_number(str(cell))) and not place.startswith("margins.csv")
    }
    assert len(literals) > 40
    assert len(set(literals.values())) == len(literals)
    check(study, run(study, drawing=DrawSettings(draws=0)))


def test_every_number_of_the_shipped_study_is_found_once(us: Study, us_results: Run) -> None:
    check(us, us_results)


def test_members_who_pay_cash_keep_their_own_numbers(espresso: Path) -> None:
    """Two numbers for one channel: neither takes the place of the other."""
    text = (espresso / "study.toml").read_text(encoding="utf-8")
    changed = text.replace("cash_churn = 0.05", "cash_churn = 0.1", 1)
    (espresso / "study.toml").write_text(changed, encoding="utf-8")
    study = load_study(espresso)
    study.firms()
    rows = study.facts.ledger().set_index("where")
    assert rows.loc["study.toml: firms.channel.Nord.churn", "value"] == 0.05
    assert rows.loc["study.toml: firms.channel.Nord.cash_churn", "value"] == 0.1
    assert rows["use"].loc["study.toml: firms.channel.Nord.churn"] != ""


def test_names_with_commas_have_keys_of_their_own() -> None:
    empty = {name: pd.DataFrame(columns=[c.name for c in SCHEMAS[name].columns], dtype=str)
             for name in ("facts", "assumptions")}  # fmt: skip
    facts = Facts(empty["facts"], empty["assumptions"], "2024-01-01")
    offers = pd.DataFrame(
        {"product": ["A", "A, B"], "channel": ["B, C", "C"], "price": ["1", "2"]},
        index=pd.Index([2, 3], name="row"),
    )
    facts.resolve_column(offers, "price", SCHEMAS["offers"])
    ledger = facts.ledger()
    assert ledger["value"].tolist() == [1, 2]
    assert ledger["where"].nunique() == 2


@pytest.mark.parametrize(("kind", "more"), [("channel", 'member_value = 1.0'),
                                            ("manufacturer", "margin = 0.2")])  # fmt: skip
def test_a_firm_named_twice_is_refused(
    espresso: Path, kind: str, more: str, check_message: Callable[[Path], str]
) -> None:
    name = {"channel": "Nord", "manufacturer": "Borea"}[kind]
    with (espresso / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[firms.{kind}]]\nname = "{name}"\n{more}\n')
    message = check_message(espresso)
    assert f"{name} twice" in message
    assert f"each {kind} once" in message


@pytest.fixture
def check_message() -> Callable[[Path], str]:
    def message(folder: Path) -> str:
        from inroads.errors import InputError

        with pytest.raises(InputError) as error:
            load_study(folder)
        return str(error.value)

    return message
