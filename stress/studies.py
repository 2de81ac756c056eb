"""Studies changed at random: 2,000 checked, thirty of those that pass run; the page by signs.

Ten of these are changes of a shipped study, one of which runs: its check alone takes as long as a
hundred of the others.

Explained is a study that is refused in words, one that runs to a page without a number that is
none, and one whose solver says that it did not meet its tolerance.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / name) for name in ("study", "report", "results")]

CHECKED, RUN = 1_990, 29
SHIPPED_CHECKED, SHIPPED_RUN = 10, 1
TEMPLATES = ("template", "template", "template", "template_full")


def main(checked: int = CHECKED, run: int = RUN) -> int:
    """Print what came of each, and give how many are unexplained; these are kept."""
    warnings.simplefilter("ignore")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        by_signs = beside.submit(_signs)
        shipped = _studies(SHIPPED_CHECKED, SHIPPED_RUN, ("us_2018",))
        return shipped + _studies(checked, run, TEMPLATES) + by_signs.result()


def _studies(checked: int, run: int, bases: tuple[str, ...]) -> int:
    from changed_studies import Files, changed_studies, put
    from test_changed_studies import passes, runs

    counts: Counter[str] = Counter()
    place = Path(tempfile.mkdtemp(prefix="inroads-stress-"))

    @seed(2018)
    @settings(
        max_examples=checked,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(changed_studies(bases))
    def attempt(files: Files) -> None:
        counts["checked"] += 1
        if counts["checked"] % (checked // 20 or 1) == 0:
            print(f"  so far: {dict(counts)}", flush=True)
        folder = put(files, place)
        played = counts["ran to a page"] + counts["said that a solve did not converge"]
        try:
            if not passes(folder):
                counts["refused in words"] += 1
            else:
                counts["passed"] += 1
                if played < run:
                    done = runs(folder)
                    counts["ran to a page" if done else "said that a solve did not converge"] += 1
        except Exception as error:
            counts["unexplained"] += 1
            kept = place / f"unexplained-{counts['unexplained']}"
            shutil.copytree(folder, kept)
            print(f"  {kept}: {type(error).__name__}: {str(error)[:300]}")
            traceback.print_exc(limit=-2)

    attempt()
    for what, count in counts.items():
        print(f"changes of {', '.join(dict.fromkeys(bases))}, {what}: {count}")
    if not counts["unexplained"]:
        shutil.rmtree(place)
    return counts["unexplained"]


def _signs() -> int:
    from test_signs import walk

    tried, wrong = 0, 0
    for what, faults in walk():
        tried += 1
        wrong += bool(faults)
        for fault in faults:
            print(f"  {what}: {fault}")
    print(f"pages with a number at zero or turned round: {tried}, wrong: {wrong}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
