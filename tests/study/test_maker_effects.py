"""Products never sold, makers left out and selective awareness, in small studies."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inroads.entry.random_effects import fit_random_effects
from inroads.errors import InputError
from inroads.market.market import Market
from inroads.results.calibration import Population
from inroads.results.keys import InputKind
from inroads.study.load import Study, load_study
from inroads.study.market.build_market import uncalibrated_market
from inroads.study.market.hedonic import Unsold, line_data, populations_of, predict_unsold
from inroads.study.market.recalibration import linear_recalibration
from inroads.study.market.selection import estimate_selection, little_known_shift
from inroads.study.outlook.draw_model import DrawModel, column
from inroads.study.outlook.uncertainty import uncertain
from inroads.study.results import hedonic_record, placebo_record


def in_toml(folder: Path, old: str, new: str) -> Path:
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_the_template_by_hand(espresso: Path) -> None:
    """Alba Due by the line through five machines; Borea left out, predicted by the other three."""
    fitted = load_study(espresso).calibrated
    products = fitted.market.products.drop("Alba Due")
    pressure = {"Borea One": 9, "Borea Pro": 15, "Cima 5": 11, "Cima 9": 17, "Alba Uno": 12}
    X = np.column_stack([np.ones(5), [pressure[name] for name in products.index]])
    y, maker = products["quality"].to_numpy(), pd.factorize(products["manufacturer"])[0]
    by_hand = fit_random_effects(y, X, [maker])
    mean, variance = by_hand.predict(np.array([[1.0, 16.0]]), [np.array([maker[-1]])])
    unsold = fitted.unsold
    assert unsold.populations is not None
    assert unsold.populations.chosen in (Population.ALL, Population.SOLD_BY_CHANNELS)
    if unsold.populations.chosen == Population.ALL:
        assert unsold.market.products.loc["Alba Due", "quality"] == pytest.approx(mean[0])
        assert unsold.error["Alba Due"] == pytest.approx(variance[0] ** 0.5)
    assert (unsold.error.drop("Alba Due") == 0).all()

    out = (products["manufacturer"] == "Borea").to_numpy()
    others = fit_random_effects(y[~out], X[~out], [pd.factorize(maker[~out])[0]])
    mean, variance = others.predict(X[out], [np.array([-1, -1])])
    rows = unsold.populations.placebos[Population.ALL].table.loc[["Borea One", "Borea Pro"]]
    assert rows["log_ratio"].to_numpy() == pytest.approx(mean - y[out])
    assert rows["standard_error"].to_numpy() == pytest.approx(np.sqrt(variance))

    record, line = placebo_record(fitted), hedonic_record(fitted)
    assert record is not None
    assert line is not None
    assert record.used.population == record.population
    assert {p.product for p in record.products} == set(pressure)
    assert [p.product for p in line.products] == ["Alba Due"]
    assert line.best_known is not None
    assert line.best_known.manufacturer != "Alba"


def test_populations_of_the_template(espresso: Path) -> None:
    study = load_study(espresso)
    market = study.market()
    assert populations_of(market, market.products["manufacturer"]) == {
        Population.ALL: ("Alba", "Borea", "Cima"),
        Population.SOLD_BY_CHANNELS: ("Borea", "Cima"),
        Population.OPEN_CHANNEL_ONLY: ("Alba",),
        Population.LITTLE_KNOWN: ("Alba",),
        Population.WELL_KNOWN: ("Borea", "Cima"),
    }


def test_a_study_may_name_the_makers_that_one_never_seen_is_like(espresso: Path) -> None:
    formula = 'formula = "pressure"'
    given = in_toml(espresso, formula, f'{formula}\nlike = {{ Alba = ["Cima"] }}')
    populations = load_study(given).calibrated.unsold.populations
    assert populations is not None
    assert populations.chosen == Population.GIVEN
    assert populations.makers[Population.GIVEN] == ("Cima",)


def wide_market(
    study: Study, makers: int, each: int, *, tau: float = 0.8, seed: int = 3
) -> tuple[Study, Market]:
    """The study with made-up makers whose qualities are known, and one never seen."""
    rng = np.random.default_rng(seed)
    names = [f"M{m}" for m in range(makers) for _ in range(each)] + ["New", "New"]
    rows = study.tables["products"]
    base = rows.iloc[[0] * len(names)].reset_index(drop=True)
    pressure = rng.uniform(8, 18, len(names))
    table = base.assign(
        product=[f"P{k}" for k in range(len(names))],
        manufacturer=names,
        brand=names,
        pressure=[f"{p:.3f}" for p in pressure],
    )
    wide = replace(study, tables={**study.tables, "products": table})
    effects = tau * rng.standard_normal(makers + 1)
    quality = 0.2 * pressure + effects[pd.factorize(table["manufacturer"])[0]]
    quality += 0.3 * rng.standard_normal(len(names))
    quality[-2:] = np.nan
    market = uncalibrated_market(study)
    products = market.products.iloc[[0] * len(names)].set_axis(pd.Index(table["product"]))
    products = products.assign(
        manufacturer=table["manufacturer"].to_numpy(), brand=names, quality=quality
    )
    return wide, replace(market, products=products, offers=market.offers.iloc[:0])


def test_through_a_study_the_truth_is_recovered(espresso: Path) -> None:
    unsold = predict_unsold(*wide_market(load_study(espresso), 60, 5))
    line = unsold.line
    assert line is not None
    assert line.tau == pytest.approx(0.8, rel=0.25)
    assert line.sigma == pytest.approx(0.3, rel=0.15)
    assert line.fit.coefficients[-1] == pytest.approx(0.2, abs=0.02)
    assert unsold.error["P300"] == pytest.approx(np.hypot(line.tau, line.sigma), rel=0.05)
    assert unsold.own_error["P300"] == line.sigma


def test_products_of_one_maker_are_drawn_together(espresso: Path) -> None:
    """One draw of the maker is shared, one of each product is its own: the covariance of both."""
    unsold = predict_unsold(*wide_market(load_study(espresso), 30, 5))
    centre = unsold.market.products["quality"]
    rng = np.random.default_rng(1)
    drawn = np.array(
        [
            unsold.drawn({"New": z}, {"P150": e, "P151": f}).products["quality"][["P150", "P151"]]
            for z, e, f in rng.standard_normal((2000, 3))
        ]
    )
    covariance = np.cov((drawn - centre[["P150", "P151"]].to_numpy()).T)
    error = unsold.error[["P150", "P151"]].to_numpy()
    assert np.sqrt(np.diag(covariance)) == pytest.approx(error, rel=0.05)
    line = unsold.line
    assert line is not None
    shared = unsold.shared_error[["P150", "P151"]].prod()
    assert covariance[0, 1] == pytest.approx(shared, rel=0.08)
    assert shared == pytest.approx(line.tau**2, rel=0.15)
    same = unsold.drawn({"Alba": 9.0}, {}).products["quality"]
    pd.testing.assert_series_equal(same, centre)


def test_draws_have_both_errors(espresso_ahead: Path) -> None:
    ensemble = uncertain(load_study(espresso_ahead))
    assert {
        column(InputKind.QUALITY, "Alba"), column(InputKind.PRODUCT_QUALITY, "Alba Due")
    } <= set(ensemble.names)  # fmt: skip
    model = ensemble.function
    assert isinstance(model, DrawModel)
    unsold: Unsold = model.recalibration.fitted.unsold
    _, path = model.at({column(InputKind.PRODUCT_QUALITY, "Alba Due"): 1.0})
    moved = path.game.market.products["quality"] - unsold.market.products["quality"]
    assert moved["Alba Due"] == pytest.approx(unsold.own_error["Alba Due"], rel=1e-6)
    assert moved.drop("Alba Due").abs().max() < 1e-6


# How selective awareness is ---------------------------------------------------------------------


def test_a_known_sigma_is_recovered(espresso: Path) -> None:
    """A market in which Alba is as good as others and those who know it like it: its sales, seen by
    a study that is told nothing of selection, give the sigma back."""
    told = load_study(in_toml(espresso, 'formula = "pressure"', 'formula = "tier"'))
    truth, rho = 1.2, 0.6
    # Alba's share such that at the truth it stands no higher than others of its tier.
    low, high = 0.0005, 0.2
    for _ in range(18):
        share = (low * high) ** 0.5
        rows = told.tables["margins"].copy()
        rows.loc[rows["name"] == "alba", "value"] = f"{share}"
        rows.loc[rows["name"] == "cima", "value"] = f"{0.45 - share}"
        study = replace(told, tables={**told.tables, "margins": rows})
        shift = little_known_shift(study, truth, rho)
        low, high = (low, share) if shift.value > 0 else (share, high)
    found = estimate_selection(study, rho)
    assert found.sigma == pytest.approx(truth, abs=0.03)
    assert found.without.value > 0
    assert found.standard_error == pytest.approx(
        found.at.standard_error
        / abs((little_known_shift(study, found.sigma + 0.1, rho).value - found.at.value) / 0.1),
        rel=0.1,
    )
    less = estimate_selection(study, 0.3)
    assert less.sigma > found.sigma


def test_nothing_is_selective_where_the_little_known_are_no_better(espresso: Path) -> None:
    study = load_study(in_toml(espresso, 'formula = "pressure"', 'formula = "tier"'))
    rows = study.tables["margins"].copy()
    rows.loc[rows["name"] == "alba", "value"] = "0.0002"
    rows.loc[rows["name"] == "cima", "value"] = "0.4498"
    poor = replace(study, tables={**study.tables, "margins": rows})
    found = estimate_selection(poor, 0.6)
    assert found.sigma == 0
    assert found.without.value < 0


def test_where_everyone_knows_everyone_nothing_can_be_told(espresso: Path) -> None:
    study = load_study(in_toml(espresso, 'Alba = "@alba-known"', ""))
    with pytest.raises(InputError, match="awareness of brands that few know"):
        estimate_selection(study, 0.6)
    plain = replace(study, config=study.config.model_copy(update={"hedonic": None}))
    with pytest.raises(InputError, match=r"\[hedonic\]"):
        estimate_selection(plain, 0.6)


def test_the_shipped_study_states_what_its_sales_tell(us: Study) -> None:
    assumed = us.tables["assumptions"].set_index("id")[["value", "low", "high"]].astype(float)
    sigma, rho = assumed.loc["selective-taste"], assumed.loc["selective-knowing"]
    found = estimate_selection(us, rho["value"])
    assert sigma["value"] == pytest.approx(found.sigma, abs=found.standard_error / 4)
    # Triangular on its range it has the estimate's standard error.
    assert (sigma["high"] - sigma["low"]) / 24**0.5 == pytest.approx(found.standard_error, rel=0.2)
    reason = us.tables["assumptions"].set_index("id").loc["selective-taste", "reason"]
    assert f"{sigma['value']:g} with a standard error of {found.standard_error:.2f}" in reason


def test_the_placebo_of_the_shipped_study(us: Study) -> None:
    record, line = placebo_record(us.calibrated), hedonic_record(us.calibrated)
    assert record is not None
    assert line is not None
    used = record.used
    assert abs(used.mean_log_ratio) < 2 * used.standard_error
    assert used.rmse == min(p.rmse for p in record.populations)
    assert len({p.manufacturer for p in record.products}) == 13
    assert record.outside <= 0.15 * len(record.products)
    # No entrant is better liked than everything that is known.
    assert line.above_all == []


def test_no_brand_that_few_know_is_better_liked_than_the_best_known_flagships(us: Study) -> None:
    """Mean quality at equal price of each such brand, less that of the best liked product that
    everyone knows, against its standard error: of tastes, of who knows the brand and how
    selectively, of what it sold (what one maker sells less, others sell more), and of what else
    moves it; all that is left out is less than a hundredth of it."""
    recalibration, fitted = linear_recalibration(us), us.calibrated

    def above(assumed: dict[str, float], tastes: dict[str, float] | None = None) -> pd.Series:
        unsold = recalibration.at(assumed, tastes or {})[1]
        known = unsold.market.labelled_consumers.min_awareness
        products = unsold.market.products[unsold.error == 0]
        awareness = products["brand"].map(known)
        best = products.loc[awareness == 1, "quality"].max()
        return products[awareness < 1].groupby("manufacturer")["quality"].mean() - best

    mean = above({})
    assumed = us.tables["assumptions"].set_index("id")[["low", "value", "high"]].astype(float)
    variance = 0.0 * mean

    def add(name: str, given_up_by: str | None = None) -> None:
        low, value, high = assumed.loc[name]
        ends = []
        for end in (low, high):
            other = {} if given_up_by is None else {
                given_up_by: assumed.loc[given_up_by, "value"] - (end - value)
            }  # fmt: skip
            ends.append(above({name: end} | other))
        # Of a triangular distribution.
        spread = (
            (low**2 + value**2 + high**2 - low * value - low * high - value * high) / 18
        ) ** 0.5
        nonlocal variance
        variance = variance + (spread * (ends[1] - ends[0]) / (high - low)) ** 2

    for name in (
        *("selective-taste", "selective-knowing", "outside-share", "income-exponent"),
        *("awareness-oneplus", "awareness-huawei", "awareness-essential"),
        "galaxy-note8-of-samsung",
    ):
        add(name)
    for name in ("oneplus-share", "essential-share"):
        add(name, given_up_by="blu-share")
    root = np.linalg.cholesky(fitted.calibration.covariance + 1e-12 * np.eye(5))
    for deviation in root.T:
        step = dict(zip(fitted.calibration.names, 0.5 * deviation, strict=True))
        back = {taste: -x for taste, x in step.items()}
        variance = variance + (above({}, step) - above({}, back)) ** 2
    error = variance**0.5
    assert set(mean.index) == {"Huawei", "OnePlus", "Essential"}
    assert (error < 1.5).all()
    assert (mean <= error).all()
    # Drawn towards the others by as much as its products are few, it is clearer.
    line = fitted.hedonic
    assert line is not None
    products = fitted.market.products
    quality = products["quality"].mask(fitted.quality_error > 0)
    data = line_data(us, replace(fitted.market, products=products.assign(quality=quality)))
    for maker in mean.index:
        own = data.X[data.manufacturer == maker]
        stands = line.predict(own, maker)
        reach = float(np.sqrt(np.ones(len(own)) @ stands.shared @ np.ones(len(own)))) / len(own)
        assert stands.mean.mean() - data.quality.max() < reach
