"""The full template with everything that a person may move."""

import shutil
from pathlib import Path

import inroads.study

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
