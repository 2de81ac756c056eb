"""The same study under other hash seeds, languages, time zones, folders, threads, ways to start a
process, interpreters: is every number the same?

    python stress/everywhere.py [other interpreters with inroads' packages ...]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
#: the study with every part, its futures drawn; to the digits that are asked for, but for its lock
PROGRAM = """
import hashlib, json, os, sys
from pathlib import Path

if __name__ == "__main__":
    from inroads.study.load import load_study
    from inroads.study.outlook.outlook_results import DrawSettings
    from inroads.study.outlook.uncertainty import uncertain
    from inroads.study.run import run
    study = load_study(sys.argv[1])
    how = sys.argv[2] if len(sys.argv) > 2 else ""
    if how == "fork":
        # inroads itself never forks; a pool of somebody's own may, before anything else goes on.
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context
        from threadpoolctl import threadpool_limits
        with threadpool_limits(1):
            ensemble = uncertain(load_study(sys.argv[1]), seed=0)
            folder = Path("kept", ensemble.key(4))
            with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
                ensemble.run(4, folder, size=1, workers=2, executor=pool)
    drawing = DrawSettings(draws=4, workers=2 if how == "spawn" else 1, folder=Path("kept"))
    results = run(study, drawing=drawing).results
    print(results.model_dump_json(exclude={"lock"}))
"""
#: what changes: the environment, options of the interpreter, how workers begin
CASES: dict[str, tuple[dict[str, str], list[str], list[str]]] = {
    "as it is": ({"PYTHONHASHSEED": "0"}, [], []),
    "hash seed 1": ({"PYTHONHASHSEED": "1"}, [], []),
    "hash seed 12345": ({"PYTHONHASHSEED": "12345"}, [], []),
    "Turkish": ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, [], []),
    "German": ({"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}, [], []),
    "no UTF-8": ({"LC_ALL": "C", "PYTHONUTF8": "0"}, [], []),
    "Kiritimati": ({"TZ": "Pacific/Kiritimati"}, [], []),
    "Pago Pago": ({"TZ": "Pacific/Pago_Pago"}, [], []),
    "two threads": ({"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}, [], []),
    "python -O": ({}, ["-O"], []),
    "two workers, spawned": ({}, [], ["spawn"]),
    "two workers, forked": ({}, [], ["fork"]),
}


def main(interpreters: list[str] | None = None) -> int:
    """Print for each case whether all numbers are the same, and give in how many they are not."""
    place = Path(tempfile.mkdtemp(prefix="inroads-everywhere-"))
    try:
        program = place / "program.py"
        program.write_text(PROGRAM, encoding="utf-8")
        first, wrong = None, 0
        for name, (environment, options, more) in CASES.items():
            # Each in a folder of its own, which so is tried too.
            output = _run(place / name, sys.executable, options, environment, [str(program), *more])
            first = output if first is None else first
            same = output == first and output is not None
            wrong += not same
            print(
                f"{name}: {'the same, to the last digit' if same else 'NOT the same'}", flush=True
            )
        for interpreter in interpreters or []:
            output = _run(place / interpreter.strip("/"), interpreter, [], {}, [str(program)])
            apart = _apart(first, output)
            wrong += not apart <= 1e-6
            print(f"{interpreter}: numbers differ by {apart:.1g} of themselves at most", flush=True)
        return wrong
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _run(
    folder: Path, python: str, options: list[str], environment: dict[str, str], words: list[str]
) -> str | None:
    folder.mkdir(parents=True)
    shutil.copytree(SOURCE / "inroads" / "study" / "template_full", folder / "beer")
    done = subprocess.run(
        [python, *options, words[0], "beer", *words[1:]],
        env={**os.environ, "PYTHONPATH": str(SOURCE), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        print(done.stderr[-1000:])
        return None
    return done.stdout


def _apart(one: str | None, other: str | None) -> float:
    """The largest relative difference of numbers; infinite where the two are not comparable."""
    if one is None or other is None:
        return float("inf")
    return max(_differences(json.loads(one), json.loads(other)), default=0.0)


def _differences(a: object, b: object, name: str = "") -> list[float]:
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [d for key in a for d in _differences(a[key], b[key], str(key))]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for x, y in zip(a, b, strict=True) for d in _differences(x, y, name)]
    # How well a solver met its tolerance, and in how many steps, is no number of the answer.
    if a == b or name in (
        "residual",
        "evaluations",
        "reproduced_to",
        "curvature",
        "best_deviation",
    ):
        return []
    if isinstance(a, int | float) and isinstance(b, int | float):
        return [abs(a - b) / max(abs(a), abs(b))] if abs(a - b) > 1e-9 else []
    return [float("inf")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
