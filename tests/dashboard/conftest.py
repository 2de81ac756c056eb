"""A study with everything that a person may move: the full template, and what it leaves out."""

import sys
from pathlib import Path

import pytest

import inroads as ir
from inroads.dashboard.deals.cases import Case, first_case
from inroads.dashboard.deals.study_cases import StudyCases

# Tests are no package: what they share lies beside them.
sys.path.insert(0, str(Path(__file__).resolve().parent))
from brewery import write_study


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("dashboard") / "beer")


@pytest.fixture(scope="session")
def cases(folder: Path) -> StudyCases:
    return StudyCases(ir.load_study(folder))


@pytest.fixture(scope="session")
def case(cases: StudyCases) -> Case:
    """Amsel's pale ale with both chains, nothing moved."""
    return first_case(cases.study)
