"""`check` refuses what a run would refuse after minutes, and says what a run will do."""

import re
from pathlib import Path

import pytest

from inroads.errors import InputError
from inroads.study.check import check_study
from inroads.study.load import load_study


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        check_study(load_study(folder))
    return str(error.value)


def swapped(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("study.toml", "periods_to_launch = 2", "periods_to_launch = -2", "periods_to_launch"),
        ("study.toml", "launch_cost = 2000.0", "launch_cost = -1.0", "launch_cost"),
        ("study.toml", "tariff = 0.1", "tariff = -0.1", "negotiations.tariff"),
        ("study.toml", "down_payment = 0.2", "down_payment = 20", "negotiations.down_payment"),
        ("study.toml", "low = 1e5", "low = 0", "path.listing"),
        ("study.toml", 'until = "2025Q4"', 'until = "2023Q4"', "a quarter after 2023Q4"),
        ("study.toml", "use = 0.5", "use = 50.0", "awareness"),
        # In its range, and not at its end.
        ("assumptions.csv", "alba-fade,0.1,0.05,0.2", "alba-fade,0.1,0.05,1.2",
         "alba-fade at its high, 1.2"),
        ("assumptions.csv", "stopped,0.05,0,0.2", "stopped,0.05,0,1", "stopped at its high, 1"),
        ("assumptions.csv", "maker-margin,30,20,40", "maker-margin,30,20,100",
         "maker-margin at its high, 100"),
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused_at_once(
    espresso_ahead: Path, file: str, old: str, new: str, words: str
) -> None:
    swapped(espresso_ahead, file, old, new)
    message = refused(espresso_ahead)
    assert words in message
    assert "Remedy" in message


def test_all_ends_at_once(espresso_ahead: Path) -> None:
    swapped(espresso_ahead, "assumptions.csv", "stopped,0.05,0,0.2", "stopped,0.05,0,1")
    swapped(espresso_ahead, "assumptions.csv", "alba-fade,0.1,0.05", "alba-fade,0.1,-0.05")
    message = refused(espresso_ahead)
    assert "2 problems" in message
    assert "stopped at its high" in message
    assert "alba-fade at its low" in message


def test_what_a_run_will_do_is_said(espresso_ahead: Path) -> None:
    plan = check_study(load_study(espresso_ahead)).plan
    assert re.fullmatch(
        r"A run plays 4 scenarios, moves \d assumptions across their ranges, bargains over "
        r"2 deals, follows 5 quarters and draws 4 futures: \d+ (?:seconds|minutes) or so on this "
        r"machine.",
        plan,
    )


def test_a_study_rests_on_an_estimate(espresso_ahead: Path) -> None:
    """A taste estimated elsewhere is met within its error, and adds its information."""
    alone = load_study(espresso_ahead).fitted.calibration
    k = alone.names.index("money")
    value, error = float(alone.value[k]), float(alone.standard_error[k])
    with (espresso_ahead / "targets.csv").open("a", encoding="utf-8") as file:
        file.write(f"panel,taste,money,{value!r},{error / 2!r},Estimated on a panel\n")
    both = load_study(espresso_ahead).fitted.calibration
    assert both.value == pytest.approx(alone.value, rel=1e-6)
    assert both.standard_error[k] == pytest.approx(error / 5**0.5, rel=1e-6)


def test_an_estimate_of_a_taste_that_is_fixed_is_refused(espresso_ahead: Path) -> None:
    with (espresso_ahead / "targets.csv").open("a", encoding="utf-8") as file:
        file.write("panel,taste,credit,0.5,0.1,Estimated on a panel\n")
    assert "found credit, which is fixed or left out" in refused(espresso_ahead)
