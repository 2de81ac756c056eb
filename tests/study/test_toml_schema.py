"""The JSON schema of study.toml takes the studies that ship, and refuses what is misspelt."""

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inroads.study.config.toml_schema import SCHEMA, schema_text
from inroads.study.new import write_study
from inroads.study.shipped import SHIPPED

STUDIES = Path(SHIPPED).parent / "study"
TOMLS = [*SHIPPED.glob("*/study.toml"), *STUDIES.glob("template*/study.toml")]
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def content(path: Path) -> Any:
    """A study.toml as JSON: dates are text."""

    def plain(value: object) -> Any:
        return value.isoformat() if isinstance(value, datetime.date) else value

    return json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=plain))


def test_the_schema_is_that_of_the_code() -> None:
    """To renew it: python -m inroads.study.config.toml_schema"""
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()
    VALIDATOR.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("path", TOMLS, ids=lambda path: path.parent.name)
def test_studies_fit(path: Path) -> None:
    assert len(TOMLS) == 4
    assert list(VALIDATOR.iter_errors(content(path))) == []


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("study", "titel", "x"),
        ("study", "per", "fortnight"),
        ("market", "sales", True),
        ("entry", "partners", "Nord"),
        ("words", "unit", 3),
    ],
)
def test_what_is_wrong_is_seen(part: str, key: str, value: object) -> None:
    study = content(STUDIES / "template" / "study.toml")
    study[part][key] = value
    assert list(VALIDATOR.iter_errors(study))


def test_a_new_study_names_its_schema(tmp_path: Path) -> None:
    write_study(tmp_path / "mine")
    first = (tmp_path / "mine" / "study.toml").read_text(encoding="utf-8").splitlines()[0]
    name = first.removeprefix("#:schema ")
    assert (tmp_path / "mine" / name).read_bytes() == SCHEMA.read_bytes()
