"""results.json: there and back, its schema, and what is refused."""

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from example import bare, everything, full, tree
from pydantic import ValidationError

from inroads.errors import InputError
from inroads.results.files import SCHEMA, json_schema, read_results, results_text, schema_text
from inroads.results.keys import InputKey, InputKind, OutputKey, Quantity
from inroads.results.market import EntrantSales
from inroads.results.tree import SCHEMA_VERSION


@pytest.mark.parametrize("content", [bare(), full(), everything()])
def test_what_is_written_is_read_and_follows_the_schema(
    content: dict[str, Any], tmp_path: Path
) -> None:
    results = tree(content)
    text = results_text(results)
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    assert read_results(tmp_path) == results
    assert read_results(tmp_path / "results.json") == results
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(text))


def test_the_schema_that_ships_is_that_of_the_tree() -> None:
    """To renew it: python -m inroads.results.files"""
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_schema_refuses_what_the_tree_has_not() -> None:
    content = json.loads(results_text(tree(bare())))
    del content["baseline"]["units"]
    content["strangers"] = 1
    errors = list(jsonschema.Draft202012Validator(json_schema()).iter_errors(content))
    assert {error.validator for error in errors} == {"required", "additionalProperties"}


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, "1", None])
def test_another_version_is_refused(version: object, tmp_path: Path) -> None:
    content = json.loads(results_text(tree(bare()))) | {"schema_version": version}
    if version is None:
        del content["schema_version"]
    file = tmp_path / "results.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=f"expected schema_version {SCHEMA_VERSION}") as caught:
        read_results(tmp_path)
    assert "run the study again" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '"x"'])
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="damaged file"):
        read_results(tmp_path)


def test_a_field_at_fault_is_named(tmp_path: Path) -> None:
    content = json.loads(results_text(tree(full())))
    del content["baseline"]["units"]
    content["calibration"]["distance"] = "far"
    (tmp_path / "results.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_results(tmp_path)
    assert {p.value for p in caught.value.problems} == {"baseline.units", "calibration.distance"}


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a folder with results\.json"):
        read_results(tmp_path)


def test_records_do_not_change_and_know_their_fields() -> None:
    sold = EntrantSales(units=1.0)
    with pytest.raises(ValidationError):
        sold.units = 2.0  # type: ignore[misc]
    with pytest.raises(ValidationError):
        EntrantSales(units=1.0, sold=2.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        EntrantSales(1.0)  # type: ignore[misc]


def test_what_is_not_defined_is_none_and_nothing_else_may_be() -> None:
    assert EntrantSales(units=1.0, multiple=math.nan).multiple is None
    assert EntrantSales(units=1.0, multiple=math.inf).multiple is None
    with pytest.raises(ValidationError):
        EntrantSales(units=math.nan)


def test_keys_of_draws_have_columns_of_their_own() -> None:
    outputs = [
        OutputKey(manufacturer=m, quantity=q, rival=r, region=at, period=k)
        for m in ("A", "B")
        for q in Quantity
        for r, at in ((None, None), ("A", None), (None, "north"))
        for k in (None, 0, 1)
    ]
    inputs = [InputKey(kind=kind, name=name) for kind in InputKind for name in ("", "A")]
    for keys in (outputs, inputs):
        columns = {key.column for key in keys}
        assert len(columns) == len(keys)
        assert not any(" " in column for column in columns)
