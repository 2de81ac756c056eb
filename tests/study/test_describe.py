"""docs/study.md is what tables and study.toml may hold, and says all of it."""

import re
from pathlib import Path

from pydantic import BaseModel

from inroads.results.words import Words
from inroads.study.config import (
    config,
    consumers,
    entry,
    firms,
    moves,
    negotiations,
    path_config,
    plan,
)
from inroads.study.config.config_base import Section
from inroads.study.describe import describe
from inroads.study.market.targets import MOMENTS
from inroads.tables import schemas

PAGE = Path(__file__).resolve().parents[2] / "docs" / "study.md"
MODULES = (config, consumers, entry, firms, moves, negotiations, path_config, plan)
MODELS = {
    model
    for module in MODULES
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, Section) and model is not Section
}


def test_the_page_is_current() -> None:
    """To renew it: python -m inroads.study.describe > docs/study.md"""
    assert PAGE.read_text(encoding="utf-8") == describe()


def test_every_key_is_described() -> None:
    text = describe()
    assert len(MODELS) > 25
    for model in (*MODELS, Words):
        assert model.__doc__, model
        for name, field in model.model_fields.items():
            is_table = model is config.Config
            assert is_table or field.description or name == "move", (model, name)
            assert is_table or name == "move" or f"| `{name}` |" in text


def test_every_column_is_described() -> None:
    text = describe()
    for schema in schemas.SCHEMAS.values():
        assert schema.purpose
        assert f"### {schema.file}" in text
        for column in schema.columns:
            assert column.description, (schema.file, column.name)
            assert f"| `{column.name}` |" in text


def test_every_table_move_target_and_word_is_there() -> None:
    text = describe()
    headings = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    for model in moves.MovePart.__origin__.__args__:
        (name,) = model.model_fields["move"].annotation.__args__
        assert name in headings
        assert f'move = "{name}"' in text
    for name, part in config.Config.model_fields.items():
        if name not in ("words", "parameters"):
            assert {f"[{name}]", f"[[{name}]]"} & headings, part
    assert all(f"| `{name}` |" in text for name in MOMENTS)
    assert set(MOMENTS) == set(schemas.MOMENTS)


def test_every_table_of_study_toml_has_an_example() -> None:
    text = describe().partition("## study.toml")[2].partition("## Moves")[0]
    parts = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert [part.splitlines()[0] for part in parts if "```toml" not in part] == []


def test_models_are_records_of_described_entries() -> None:
    assert all(issubclass(model, BaseModel) for model in MODELS)
