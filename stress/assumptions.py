"""Everything assumed in us-2018 at both ends of its range: what the report says of partners holds,
and what it says matters most does. The suite looks at a part.
"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests" / "study"
sys.path.insert(0, str(TESTS))


def main() -> int:
    """Print how many were moved, and give 1 where one of them overturns what is said."""
    from test_every_assumption import at_both_ends

    from inroads.study.load import load_study
    from inroads.study.outlook.outlook_results import DrawSettings
    from inroads.study.run import run

    study = load_study("us-2018")
    try:
        moved = at_both_ends(study, run(study, drawing=DrawSettings(draws=0)))
    except AssertionError as overturned:
        print(f"overturned: {str(overturned)[:300]}")
        return 1
    print(f"assumptions of us-2018 moved to both ends: {moved}, none overturns what is said")
    return 0


if __name__ == "__main__":
    sys.exit(main())
