"""Made-up results: two entrants, one entrant, none; not about any real market."""

import sys
from pathlib import Path
from typing import Any

import pytest

# Tests are no package: what they share lies beside them and beside those of results.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "results"))
from example import bare, everything, full, negotiated, tree

from inroads.report.page import render


@pytest.fixture
def data() -> dict[str, Any]:
    return full()


@pytest.fixture
def with_talks() -> dict[str, Any]:
    """Everything, firms and negotiations too."""
    return negotiated()


@pytest.fixture
def with_outlook() -> dict[str, Any]:
    """Everything, and quarters to come."""
    return everything()


@pytest.fixture
def without_entry() -> dict[str, Any]:
    return bare()


@pytest.fixture
def one_entrant() -> dict[str, Any]:
    """One entrant; no headline, no decomposition, no swings, no range for the entrant."""
    data = full()
    data["headline_partners"], data["decompositions"], data["sales_swings"] = [], [], []
    data["hedonic"] = data["placebo"] = None
    data["scenarios"] = [s for s in data["scenarios"] if list(s["entrants"]) in (["Muesli"], [])]
    for s in data["scenarios"]:
        for each in s["entrants"].values():
            del each["units_low"], each["units_high"]
    return data


@pytest.fixture(scope="session")
def page() -> str:
    """The page of the results without firms and negotiations."""
    return render(tree(full()))


@pytest.fixture(scope="session")
def page_of_talks() -> str:
    """The page of everything but quarters to come."""
    return render(tree(negotiated()))


@pytest.fixture(scope="session")
def page_of_outlook() -> str:
    """The page of everything."""
    return render(tree(everything()))
