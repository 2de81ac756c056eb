"""The lowest versions that pyproject.toml allows, as constraints for pip.

    python tools/oldest.py > constraints.txt

`make test-oldest` installs them and runs the tests: a bound that is too low shows there.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def constraints() -> dict[str, str]:
    """Package -> its lowest version, of what running and testing need."""
    project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    names = ("query", "uncertainty", "study", "report", "test")
    lines = [*project["dependencies"], *(line for name in names for line in extras[name])]
    lowest = {}
    for line in lines:
        bound = re.match(r"([A-Za-z0-9_.-]+)(?:\[[\w,]+\])?>=([0-9.]+)", line)
        if bound:
            lowest[bound[1]] = bound[2]
    return lowest


if __name__ == "__main__":
    print("\n".join(f"{name}=={version}" for name, version in constraints().items()))
