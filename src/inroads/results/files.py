"""results.json: the tree as text and back, and the JSON schema of that text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inroads.errors import InputError, Problem, refuse
from inroads.results.tree import SCHEMA_VERSION, Results

FILE = "results.json"
SCHEMA = Path(__file__).with_name("schema.json")
_RUN_AGAIN = "run the study again: inroads run STUDY --out DIR."
_SHOWN = 5


def results_text(results: Results) -> str:
    """The text of results.json."""
    content = results.model_dump(mode="json")
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_results(path: str | Path) -> Results:
    """A run's results.

    Parameters
    ----------
    path : path
        Its folder, or results.json itself.

    Returns
    -------
    Results
        The tree that the run wrote.

    Raises
    ------
    InputError
        Where there is no such file, where it is damaged, and where another version of the schema
        wrote it.
    """
    place = Path(path)
    file = place / FILE if place.is_dir() else place
    if not file.is_file():
        raise refuse(
            expected=f"a folder with {FILE}", found=str(path), where="results", remedy=_RUN_AGAIN
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise refuse(
            expected=f"a {FILE} that inroads wrote",
            found="a damaged file",
            where=str(file),
            remedy=_RUN_AGAIN,
        )
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        written = f"version {version!r}" if version is not None else "no schema_version"
        raise refuse(
            expected=f"schema_version {SCHEMA_VERSION}",
            found=written,
            where=str(file),
            remedy=_RUN_AGAIN,
        )
    try:
        return Results.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise InputError(
            Problem(
                file=str(file),
                row=None,
                column=None,
                value=".".join(map(str, problem["loc"])) or "the whole file",
                expected=problem["msg"][0].lower() + problem["msg"][1:],
                remedy=_RUN_AGAIN,
            )
            for problem in error.errors(include_url=False)[:_SHOWN]
        ) from None


def json_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of results.json, made from the tree."""
    schema = Results.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def schema_text() -> str:
    """The text of the schema as the package ships it."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
