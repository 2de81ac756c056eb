"""A study of the older format is told its new names, all at once, and nothing else."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from inroads.study.config.renamed import COLUMNS, KEYS, TARGETS, old_format
from inroads.study.load import read_and_check
from inroads.tables.schemas import SCHEMAS

# How the keys of the small study with talks were written, table by table.
OLD_KEYS = {
    "[[entry.entrants]]": {"main_products": "flagships"},
    "[firms]": {
        **{"retail_cost": "handling", "open_channel_cut": "fee", "manufacturer_margin": "margin"},
        **{"margin_target": "equipment", "channel": "carrier"},
    },
    "[[firms.manufacturer]]": {"[[firms.manufacturer]]": "[[firms.maker]]"},
    "[[firms.channel]]": {
        **{"[[firms.channel]]": "[[firms.carrier]]", "cash_revenue": "prepaid_revenue"},
        "cash_churn": "prepaid_churn",
    },
    "[negotiations]": {
        **{"[negotiations]": "[talks]", "channels": "carriers", "political_hazard": "political"},
        **{"breakdown_hazard": "own", "periods_to_launch": "to_launch"},
        **{"periods_on_sale": "on_sale", "imported": "abroad", "down_payment": "down"},
    },
    "[path]": {
        **{"periods": "quarters", "months_between_purchases": "months", "price_decline": "decline"},
        **{"model_life": "life", "discount_rate": "rate", "stop_hazard": "stopped"},
        **{"counted_by": "firm", "manufacturer": "maker"},
    },
    "[[scenario]]": {"product": "device"},
}


def backwards(folder: Path) -> None:
    """The study as the older format had it."""
    for file, renamed in COLUMNS.items():
        path = folder / ("products.csv" if file == "devices.csv" else file)
        if not path.exists() or file == "products.csv":
            continue
        header, _, rest = path.read_text(encoding="utf-8").partition("\n")
        old = {new: old for old, new in renamed.items()}
        names = [old.get(name, name) for name in header.split(",")]
        if file == "devices.csv":
            path.unlink()
        (folder / file).write_text(",".join(names) + "\n" + rest, encoding="utf-8")
    targets = folder / "targets.csv"
    text = targets.read_text(encoding="utf-8")
    targets.write_text(text.replace("channel_switching", "carrier_switching"), encoding="utf-8")
    toml = folder / "study.toml"
    parts = re.split(r"(?m)^(?=\[)", toml.read_text(encoding="utf-8"))
    for k, part in enumerate(parts):
        header = part.partition("\n")[0].split("#")[0].strip()
        for new, old in OLD_KEYS.get(header, {}).items():
            pattern = re.escape(new) if new.startswith("[") else rf"\b{new}\b(?= =)"
            parts[k] = re.sub(pattern, old, parts[k])
    toml.write_text("".join(parts), encoding="utf-8")


def test_an_old_study_gets_one_list_of_names(espresso_ahead: Path) -> None:
    assert read_and_check(espresso_ahead)[1] == []
    backwards(espresso_ahead)
    study, problems = read_and_check(espresso_ahead)
    assert study is None
    (problem,) = problems
    message = str(problem)
    wanted = {
        *(
            "file: devices.csv -> products.csv",
            "targets.csv, moment: carrier_switching -> channel_",
        ),
        *(
            "devices.csv, column: maker -> manufacturer",
            "shipments.csv, column: firm -> counted_by",
        ),
        *("channels.csv, column: home -> members", "study.toml, table: talks -> negotiations"),
        *("[firms]: carrier -> channel", "[firms.carrier]: prepaid_churn -> cash_churn"),
        *("[firms.equipment]: carrier -> channel", "[talks]: abroad -> imported"),
        *("[path.rank]: firm -> counted_by", "[path.listing]: maker -> manufacturer"),
        *("[entry.entrants]: flagships -> main_products", "[scenario.moves]: device -> product"),
    }
    assert [name for name in wanted if name not in message] == []
    # Nothing of the present format is among them: each line is an old name.
    lines = message.splitlines()[1:]
    assert len(lines) == len(set(lines)) == int(re.findall(r"found (\d+) names", message)[0])
    assert all(re.search(r": \S+ -> \S", line) for line in lines)


def test_new_names_exist() -> None:
    for file, renamed in COLUMNS.items():
        name = "products" if file == "devices.csv" else file.removesuffix(".csv")
        assert set(renamed.values()) <= {c.name for c in SCHEMAS[name].columns}
    moment = SCHEMAS["targets"].column("moment")
    assert set(TARGETS.values()) <= set(moment.choices or ())


@pytest.mark.parametrize("path", [key for key in KEYS if key.count(".") == 1])
def test_a_single_old_key_is_told(path: str, tmp_path: Path) -> None:
    table, key = path.split(".")
    (tmp_path / "study.toml").write_text(f"[{table}]\n{key} = 1\n")
    problem = old_format(tmp_path)
    assert problem is not None
    assert f"[{table}]: {key} -> {KEYS[path]}" in problem.remedy


def test_a_study_that_is_half_renamed(espresso_in: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = espresso_in(tmp_path)
    toml = folder / "study.toml"
    toml.write_text(toml.read_text().replace("periods_on_sale", "on_sale"))
    problem = old_format(folder)
    assert problem is not None
    assert problem.remedy == "rename\n  study.toml, [negotiations]: on_sale -> periods_on_sale"
