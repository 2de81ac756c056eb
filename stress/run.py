"""Everything that is tried at random, counted: `make stress`.

Each module beside this one is a part: its `main()` prints what was tried and what came of it, and
gives how many outcomes are unexplained. With names of parts as arguments, these alone.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path


def main(names: list[str]) -> int:
    """Run the parts; 1 where anything is unexplained."""
    every = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    unexplained = 0
    for name in names or [name for name in every if name != "run"]:
        begun = time.perf_counter()
        unexplained += import_module(name).main()
        print(f"{name}: {time.perf_counter() - begun:.0f} s\n", flush=True)
    print(f"unexplained: {unexplained}")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
