"""The lock of a run: hashes of what it was made of, versions of what made it."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import pandas as pd
from threadpoolctl import threadpool_info

from inroads.results.study import Lock
from inroads.uncertainty.ensemble import code

if TYPE_CHECKING:
    from inroads.study.load import Study
    from inroads.study.outlook.outlook_results import DrawSettings

#: what computes, and draws
PACKAGES = ("numpy", "scipy", "pandas", "formulaic", "statsmodels", "SALib", "duckdb", "pydantic")


def lock_of(study: Study, drawing: DrawSettings) -> Lock:
    """The lock of a run of the study here and now."""
    return Lock(
        inputs=hashes(study),
        draws=drawing.draws,
        periods=drawing.periods,
        seed=drawing.seed,
        code=code(),
        python=platform.python_version(),
        packages={name: v for name in PACKAGES if (v := _version(name))},
        blas=", ".join(
            sorted(
                {
                    f"{library['internal_api']} {library['version']}"
                    for library in threadpool_info()
                    if library["user_api"] == "blas"
                }
            )
        ),
        machine=f"{platform.system()} {platform.machine()}",
    )


def hashes(study: Study) -> dict[str, str]:
    """SHA-256 of study.toml, of each table and of the estimate, of what was read of them: blanks at
    the ends of cells, and how lines end, make no difference."""
    config = json.dumps(study.config.model_dump(mode="json", exclude_unset=True), sort_keys=True)
    texts = {"study.toml": config}
    for name, table in sorted(study.tables.items()):
        if len(table):
            text = pd.DataFrame(table).to_csv(index=False, lineterminator="\n")
            texts[f"{name}.csv"] = text
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    if study.estimate:
        digests[study.estimate.file] = study.estimate.digest
    return digests


def unlike(then: Lock, now: Lock) -> tuple[list[str], list[str]]:
    """What of the inputs, and what of the programs, is not as it was: a line each."""
    inputs = [
        f"{name} {_changed(then.inputs.get(name), now.inputs.get(name))}"
        for name in dict.fromkeys([*then.inputs, *now.inputs])
        if then.inputs.get(name) != now.inputs.get(name)
    ]
    pairs = {"Python": (then.python, now.python), "BLAS": (then.blas, now.blas)}
    pairs["machine"] = (then.machine, now.machine)
    for name in dict.fromkeys([*then.packages, *now.packages]):
        pairs[name] = (then.packages.get(name, "none"), now.packages.get(name, "none"))
    programs = [f"{name} {a} then, {b} now" for name, (a, b) in pairs.items() if a != b]
    if then.code != now.code:
        programs.insert(0, "inroads has other code")
    return inputs, programs


def _changed(then: str | None, now: str | None) -> str:
    return "is new" if then is None else "is gone" if now is None else "has changed"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
