"""Values as Python code."""

from __future__ import annotations

import json
from collections.abc import Mapping


def literal(value: object) -> str:
    """A value as Python code, texts in double quotes."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            inside = ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items())
            return f"{{{inside}}}"
        case tuple():
            inside = ", ".join(map(literal, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case list():
            return f"[{', '.join(map(literal, value))}]"
    return repr(value)
