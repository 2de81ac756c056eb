"""The JSON schema of study.toml, from which editors complete it and check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inroads.study.config.config import Config

SCHEMA = Path(__file__).with_name("schema.json")


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12). It knows names, kinds and bounds, not what hangs together."""
    schema = Config.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def schema_text() -> str:
    """The text of the schema as the package ships it."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
