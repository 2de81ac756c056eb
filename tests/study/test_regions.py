"""Local markets of one study: products are liked otherwise, prices are one for all."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.market.moves import SetPrice
from inroads.report.page import render
from inroads.results.keys import OutputKey, Quantity
from inroads.results.tree import Results
from inroads.study.load import load_study
from inroads.study.market.recalibration import linear_recalibration
from inroads.study.market.regions import units_by_region
from inroads.study.market.targets import TASTES, moment, moment_value
from inroads.study.outlook.path_numbers import groups_of
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.results import Run

sys.path.insert(0, str(Path(__file__).resolve().parent))
from machines import estimate_of_machines, study_of

REGIONS = """
[[market.region]]
name = "north"
consumers = 1.0

[[market.region]]
name = "south"
consumers = 3.0
"""
#: of consumers in each region, those who buy
INSIDE = {"north": 0.3, "south": 0.1}
#: of all consumers
BUYERS = 0.25 * 0.3 + 0.75 * 0.1


@pytest.fixture(scope="module")
def fit():
    return estimate_of_machines()


def _shares(study: Path) -> pd.DataFrame:
    """Shares of sales by product: as they are in the north, the other way round in the south."""
    margins = pd.read_csv(study / "margins.csv")
    shares = margins.set_index("product")["value"]
    return pd.DataFrame({"north": shares, "south": shares.to_numpy()[::-1]}, shares.index)


@pytest.fixture(scope="module")
def folder(fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = study_of(
        tmp_path_factory.mktemp("regions") / "machines", fit, more=REGIONS, outside=1 - BUYERS
    )
    part = {"north": 0.25 * 0.3 / BUYERS, "south": 0.75 * 0.1 / BUYERS}
    rows = [
        {"name": f"{product}-{region}", "product": product, "region": region,
         "value": share * part[region]}
        for region, shares in _shares(folder).items()
        for product, share in shares.items()
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "margins.csv", index=False, float_format="%.17g")
    return folder


def test_each_region_is_the_market_that_it_would_be_alone(fit, folder: Path, tmp_path: Path):
    """Shares are met in each, and a price moves each as in a study of that region only; a product
    never sold stands with others' mean."""
    market = load_study(folder).market()
    dearer = market.after(SetPrice("Cima 2", 450.0))
    for k, (region, shares) in enumerate(_shares(study_of(tmp_path / "s", fit)).items()):
        alone = study_of(tmp_path / region, fit, outside=1 - INSIDE[region])
        table = pd.read_csv(alone / "margins.csv").assign(value=shares.to_numpy())
        table.to_csv(alone / "margins.csv", index=False, float_format="%.17g")
        theirs = load_study(alone).market()
        for ours, there in ((market, theirs), (dearer, theirs.after(SetPrice("Cima 2", 450.0)))):
            units = units_by_region(ours.solve()).query("region == @region")
            sold = there.solve().sales() * (ours.size * (0.25, 0.75)[k] / there.size)
            pd.testing.assert_series_equal(
                units.set_index("manufacturer")["units"].sort_index(),
                sold.sort_index(),
                check_names=False,
                rtol=1e-8,
            )
    products = market.products
    for name in ("in north", "in south"):
        assert products.loc["New", name] == pytest.approx(products[name].drop("New").mean())
    assert products["in north"].to_numpy() == pytest.approx(-products["in south"].to_numpy())


def test_prices_are_one_for_all(folder: Path) -> None:
    """An offer stands once, and what buys it is both regions together."""
    market = load_study(folder).market()
    outcome = market.solve()
    assert len(market.offers) == 6
    by_region = units_by_region(outcome).groupby("manufacturer")["units"].sum()
    pd.testing.assert_series_equal(
        by_region, outcome.sales()[by_region.index], check_names=False, check_index_type=False
    )
    assert outcome.sales().sum() == pytest.approx(1000)


@pytest.fixture(scope="module")
def played(folder: Path) -> Run:
    return ir.run(load_study(folder))


def test_results_have_regions_in_every_scenario(played: Run) -> None:
    """They add up to what is sold in all; entrants' ranges hold what they hold there."""
    results = Results.model_validate_json(played.results.model_dump_json())
    (nova,) = results.scenarios
    for outcome in (results.baseline, nova.outcome):
        assert list(outcome.regions) == ["north", "south"]
        sold = [region.units for region in outcome.regions.values()]
        for name, units in outcome.units.items():
            assert sum(of[name] for of in sold) == pytest.approx(units)
    north, south = (results.baseline.regions[at] for at in ("north", "south"))
    assert south.consumers == pytest.approx(3 * north.consumers)
    assert north.total_units / north.consumers == pytest.approx(INSIDE["north"])
    assert north.shares["Borea"] == pytest.approx(north.units["Borea"] / north.total_units)
    for end in ("units", "units_low", "units_high"):
        parts = [getattr(of["Nova"], end) for of in nova.entrants_by_region.values()]
        assert all(x > 0 for x in parts)
        if end == "units":
            assert sum(parts) == pytest.approx(nova.entrants["Nova"].units)
    for of in nova.entrants_by_region.values():
        assert of["Nova"].units_low < of["Nova"].units < of["Nova"].units_high
    page = render(results)
    assert '<section id="regions">' in page
    assert "nova: Nova would sell" in page


def test_margins_hold_in_draws_and_are_written(folder: Path, played: Run) -> None:
    study = load_study(folder)
    moved = {"sigma[pressure]": 0.02}
    drawn = linear_recalibration(study).at({}, {}, moved)[1].market
    ours, there = (units_by_region(m.solve())["units"] for m in (drawn, study.market()))
    np.testing.assert_allclose(ours, there, rtol=1e-8)
    table = played.tables["regions"]
    assert set(table["scenario"]) == {"baseline", "nova"}
    nova = table.query("scenario == 'nova' and manufacturer == 'Nova'").set_index("region")
    assert (nova["units"] > 0).all()
    assert table.groupby(["scenario", "region"])["share"].sum().to_numpy() == pytest.approx(1)


def test_what_is_no_region_is_refused(fit, folder: Path, tmp_path: Path) -> None:
    other = study_of(tmp_path / "m", fit, more=REGIONS, outside=1 - BUYERS)
    table = pd.read_csv(folder / "margins.csv")
    table.loc[0, "region"] = "east"
    table.to_csv(other / "margins.csv", index=False)
    with pytest.raises(InputError, match="a region of") as refused:
        load_study(other)
    assert refused.value.problems[0].row == 2


def test_tastes_are_searched_across_regions(
    espresso_in: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Targets are of all regions together, margins of each: moments of the search are those of the
    market that it finds; a channel is in one region only."""
    folder = espresso_in(tmp_path)
    with (folder / "study.toml").open("a") as file:
        file.write(REGIONS)
    channels = pd.read_csv(folder / "channels.csv", dtype=str, keep_default_na=False)
    channels = channels.assign(regions=channels["channel"].map({"Sud": "south"}))
    channels.to_csv(folder / "channels.csv", index=False)
    margins = pd.read_csv(folder / "margins.csv").assign(region="")
    north = {"name": "borea-north", "manufacturer": "Borea", "region": "north", "value": 0.25}
    table = pd.concat([margins, pd.DataFrame([north])])
    table.to_csv(folder / "margins.csv", index=False)
    study = load_study(folder)
    fitted, market = study.fitted, study.fitted.market
    np.testing.assert_allclose(fitted.margins["fitted"], fitted.margins["observed"], rtol=1e-9)
    outcome = market.solve()
    units = units_by_region(outcome).set_index(["region", "manufacturer"])["units"]
    assert units["north", "Borea"] / units.sum() == pytest.approx(0.25)
    theta = np.array([market.tastes[name] for name in TASTES])
    found = [
        moment_value(moment(row["moment"], row["of"], market, market.arrays), outcome, theta)
        for row in study.tables["targets"].to_dict("records")
    ]
    np.testing.assert_allclose(found, fitted.calibration.fitted, rtol=1e-8)


def test_draws_follow_units_by_region(ahead_in: Callable[[Path], Path], tmp_path: Path) -> None:
    """Period by period they add up to units in all; a channel of one region sells in no other."""
    folder = ahead_in(tmp_path)
    with (folder / "study.toml").open("a") as file:
        file.write(REGIONS)
    channels = pd.read_csv(folder / "channels.csv", dtype=str, keep_default_na=False)
    channels.assign(regions=channels["channel"].map({"Sud": "south"})).to_csv(
        folder / "channels.csv", index=False
    )
    study = load_study(folder)
    ensemble = uncertain(study)
    drawn = ensemble.function({})
    assert set(ensemble.outputs) == set(drawn)
    units = OutputKey(manufacturer="Alba", quantity=Quantity.UNITS)
    here = {
        at: OutputKey(manufacturer="Alba", quantity=Quantity.UNITS_IN_REGION, region=at)
        for at in ("north", "south")
    }
    for q in range(5):
        parts = [drawn[key.at(q).column] for key in here.values()]
        assert min(parts) > 0
        assert sum(parts) == pytest.approx(drawn[units.at(q).column], rel=1e-10)
    path = study.path().follow("Alba", {"Sud": 0})
    sold = [path.sales("channel", group=group) for group in groups_of(study.market()).values()]
    assert sold[0]["Sud"].sum() == 0.0
    assert sold[1]["Sud"].min() > 0.0
