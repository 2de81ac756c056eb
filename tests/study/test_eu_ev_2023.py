"""The second shipped study: loads, checks, reproduces its market, tells its past launches."""

import itertools
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from inroads.errors import InputError
from inroads.results.interventions import InterventionKind
from inroads.study.load import Study, load_study
from inroads.study.negotiations.interventions import interventions
from inroads.study.shipped import locate_study, shipped
from inroads.tables.dates import known_on

EVIDENCE = ("facts", "shipments", "launches", "events")


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("eu-ev-2023")


def test_both_studies_ship() -> None:
    assert {"eu-ev-2023", "us-2018"} <= set(shipped())


def test_nothing_published_after_the_date(study: Study) -> None:
    assert study.as_of == date(2023, 6, 30)
    for table in EVIDENCE:
        known = [known_on(str(day)) for day in study.tables[table]["published"]]
        assert max(known) <= study.as_of, table


def test_quotations_are_short(study: Study) -> None:
    for table in EVIDENCE:
        assert study.tables[table]["quote"].str.len().max() < 250, table


def test_the_page_beside_us_2018_counts_rows(study: Study) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "studies.md").read_text("utf-8")
    us = load_study("us-2018")
    for table in ("facts", "assumptions"):
        (line,) = (row for row in page.splitlines() if row.startswith(f"| `{table}.csv`"))
        counted = [int(n) for n in re.findall(r"\| (\d+) rows", line)]
        assert counted == [len(us.tables[table]), len(study.tables[table])]


def test_the_market_of_the_data_is_reproduced(study: Study) -> None:
    fitted, calibration = study.fitted.margins, study.fitted.calibration
    assert np.abs(fitted["fitted"] - fitted["observed"]).max() < 1e-10
    assert calibration.solution.converged
    for name, value in zip(calibration.names, calibration.value, strict=True):
        taste = study.config.parameters[name]
        assert taste.low < value < taste.high, name


def test_past_launches_lie_where_the_others_say(study: Study) -> None:
    launches = {figure.manufacturer for figure, _ in study.past_launches.compared}
    assert {"BYD", "SAIC", "Tesla"} <= launches
    assert study.past_launches.population is not None


def test_margins_that_leave_sales_out_are_refused(tmp_path: Path) -> None:
    for path in locate_study("eu-ev-2023").iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == "margins.csv":
            text = "".join(row for row in text.splitlines(True) if not row.startswith("toyota,"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"margins.csv: found none for bZ4X at .*add up to all"):
        _ = load_study(tmp_path).fitted


def test_a_plant_within_the_tariff(study: Study) -> None:
    """It costs less than the tariff, so the entrant loses less; the others pay as before."""
    game = study.negotiation()
    part = study.config.negotiations
    assert part is not None
    rows = interventions(study, game, part, "BYD", partners=("Emil Frey",))
    of = {row.kind: row for row in itertools.islice(rows, 3)}
    imports, within = of[InterventionKind.TARIFF_ON_IMPORTS], of[InterventionKind.MADE_WITHIN]
    assert within.cost_change == 0.12
    assert within.tariff is not None
    assert within.tariff.manufacturers == ("SAIC", "Great Wall")
    assert imports.manufacturer_profit_change < within.manufacturer_profit_change < 0
    assert 0 < within.tariff_revenue < imports.tariff_revenue
    assert within.certificate.residual < 1e-8
