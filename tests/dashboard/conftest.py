"""A study with everything that a person may move: the full template, and what it leaves out."""

import shutil
import sys
from pathlib import Path

import pytest

import inroads as ir
import inroads.study
from inroads.dashboard.deals.cases import Case, first_case
from inroads.dashboard.deals.study_cases import StudyCases

# Tests are no package: what they share lies beside them.
sys.path.insert(0, str(Path(__file__).resolve().parent))

TEMPLATE = Path(inroads.study.__file__).parent / "template_full"
MORE = (
    (
        'awareness = "@amsel-known-with-shelf"',
        'awareness = "@amsel-known-with-shelf"\n'
        "campaign = { seen_elsewhere = 0.4, cost = 4000.0, periods = 2 }",
    ),
    (
        "launch_cost = ",
        'political_hazard = "@talks-fail"\nchannel_weight = "@chains-weight"\n'
        'tariff = 0.2\nimported = ["Amsel", "Stein"]\ndown_payment = 0.5\nmonths = 12\n'
        "launch_cost = ",
    ),
)
WEIGHT = "chains-weight,0.6,0.4,0.8,none,invented\n"


def write_study(folder: Path) -> Path:
    """The full template with campaigns, a tariff, financing and a weight in bargains."""
    shutil.copytree(TEMPLATE, folder)
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    for old, new in MORE:
        assert toml.count(old) == 1
        toml = toml.replace(old, new)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    with (folder / "assumptions.csv").open("a", encoding="utf-8") as file:
        file.write(WEIGHT)
    return folder


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
