"""Past launches: predicted as if new, compared, read as one population; what is refused."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inroads.entry.maker_line import fit_maker_line
from inroads.errors import InputError
from inroads.market.moves import Launch
from inroads.report.page import render
from inroads.report.sections.launches import launch_warning, section
from inroads.results.files import read_results, results_text
from inroads.results.launches import LaunchMeasure
from inroads.study.launches.channel_effects import channel_effects
from inroads.study.launches.launch_predictions import launched_market, predict_figures
from inroads.study.launches.launch_table import read_launch_figures
from inroads.study.launches.past_launches import compare_launches
from inroads.study.launches.predicted_quality import predicted_quality
from inroads.study.load import Study, load_study
from inroads.study.results import Run
from inroads.study.run import run

TEMPLATE = Path(__file__).resolve().parents[2] / "src/inroads/study/template"
HEAD = (
    "launch,manufacturer,product,platform,tier,launched,channels,channel,price,known_before,known,"
    "measure,months,value,bound,error,published,source,pressure"
)
#: invented; the first is predicted by hand below
ROWS = (
    "Dora 2022,Dora,,beans,home,2022-01,Online,,150,0.1,0.3,units,1.5,3000,,0.2,2023,made up,14",
    "Etna,Etna,,beans,bar,2022-03,Nord;Sud,Nord,300,,,share_of_channel,3,0.05,,0.3,2023,made up,",
    "Etna,Etna,,beans,bar,2022-03,Nord;Sud,Sud,300,,,share_of_channel,3,0.04,,0.3,2023,made up,",
    "Alba Uno,Alba,Alba Uno,,,2023-01,Online,,,,,share_of_market,3,0.02,,0.3,2023,made up,",
    "Faro 2023,Faro,,beans,home,2023-02,Online,Nord,120,0.5,,share_of_members,3,0.01,upper,0.3,"
    "2023,made up,",
    "Gala 2023,Gala,,capsules,,2023-03,Nord,,,,,units,3,20000,,0.3,2024-01,made up,",
    "Hera 2023,Hera,,capsules,home,2023-04,Sud,,,,,units,3,9000,,0.3,2024-01,made up,",
)


def espresso(place: Path, *rows: str, head: str = HEAD) -> Path:
    folder = place / "espresso"
    shutil.copytree(TEMPLATE, folder)
    (folder / "launches.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load_study(espresso(tmp_path_factory.mktemp("launches"), *ROWS))


@pytest.fixture(scope="module")
def ran(study: Study) -> Run:
    return run(study)


def test_a_launch_is_predicted_as_by_hand(study: Study) -> None:
    """Dora, whom nobody sold, online only: known to 0.3, its quality that of any maker's."""
    market = study.market()
    figure = read_launch_figures(study)[0]
    assert figure.awareness == 0.3
    # The line: pressure, and makers' effects, of which one never seen has the mean.
    sold = market.products.loc[["Borea One", "Borea Pro", "Cima 5", "Cima 9", "Alba Uno"]]
    populations = study.calibrated.unsold.populations
    alike = populations.makers[populations.chosen]
    line = fit_maker_line(
        sold["quality"],
        pd.DataFrame({"pressure": [9.0, 15.0, 11.0, 17.0, 12.0]}, index=sold.index),
        sold["manufacturer"],
        alike,
    )
    by_line = line.predict(pd.DataFrame({"pressure": [14.0]}), "Dora")
    quality, error = float(by_line.mean[0]), float(by_line.standard_error[0])
    specification = {"pressure": 14.0, "age": 0.0, "tier": "home"}
    assert predicted_quality(study, market, specification, manufacturer="Dora") == pytest.approx(
        (quality, error), rel=1e-6
    )
    # Everyone who knows it, whoever they are, beside all else there is.
    arrays = market.arrays
    known = arrays.types.taste_by_group[arrays.group]
    utility = (market.utility[:, :, None] + known[:, None]).reshape(len(known), -1)
    weights = market.weights.ravel()
    cells = market.labelled_consumers.cells.loc[arrays.to_agents(np.arange(len(market.weights)))]
    taste = market.tastes
    money = 1.5 * (60_000 / cells["income"].to_numpy(float)) ** 0.5
    appeal = market.channels.loc["Online", "appeal"]
    new = appeal - taste["money"] * money
    new = new + taste["platform"] * (cells["platform"] == "beans").to_numpy()
    new = new + taste["brand"] * (cells["brand"] == "other").to_numpy()

    def share(quality: float) -> float:
        own = np.exp(new + quality)
        return float(0.3 * (weights * own / (1 + np.exp(utility).sum(axis=0) + own)).sum())

    prediction = predict_figures(study, market, [figure])[0]
    assert prediction.predicted == pytest.approx(share(quality) * market.size * 1.5 / 3, rel=1e-9)
    ends = math.log(share(quality + error) / share(quality - error)) / 2
    assert prediction.error == pytest.approx(ends, rel=1e-9)
    assert prediction.units == 2


def test_what_a_product_sold_is_not_known_to_its_prediction(study: Study) -> None:
    figure = next(f for f in read_launch_figures(study) if f.product)
    market = study.market()
    launched, name, error = launched_market(study, market, figure)
    assert name == "Alba Uno"
    assert launched.offers["product"].eq(name).sum() == 1
    # Alba has nothing else on sale: like all others, and more uncertain than any line's product.
    expected = predicted_quality(
        study,
        market,
        {"pressure": 12.0, "age": 0.0, "tier": "home"},
        manufacturer="Alba",
        without="Alba Uno",
    )
    assert (launched.products.loc[name, "quality"], error) == pytest.approx(expected)
    assert expected[0] != pytest.approx(market.products.loc[name, "quality"], abs=0.1)
    # Known to as many as in the market, at the price on the shelf.
    assert launched.labelled_consumers.min_awareness("Alba") == 0.15
    assert launched.offers["price"].iloc[-1] == 179


def test_what_is_not_known_of_a_launch_is_the_mean_of_its_tier(study: Study) -> None:
    figures = {f.launch: f for f in read_launch_figures(study)}
    market, name, _ = launched_market(study, study.market(), figures["Hera 2023"])
    home = market.products.loc[["Borea One", "Cima 5", "Alba Uno"], "price"].mean()
    assert market.products.loc[name, "price"] == pytest.approx(home)
    market, name, _ = launched_market(study, study.market(), figures["Gala 2023"])
    every = market.products.loc[
        ["Borea One", "Borea Pro", "Cima 5", "Cima 9", "Alba Uno"], "price"
    ].mean()
    assert market.products.loc[name, "price"] == pytest.approx(every)


def test_members_who_buy_elsewhere_are_counted_where_they_belong(study: Study) -> None:
    figures = [f for f in read_launch_figures(study) if f.launch == "Faro 2023"]
    prediction = predict_figures(study, study.market(), figures)[0]
    assert 0 < prediction.predicted < 0.2
    base = study.market().solve()
    nord = float(base.share_of_sales("channel")["Nord"]) * base.sales().sum()
    # Members buy a part of what their channel sells, and elsewhere.
    assert 0.3 * nord < prediction.units < 3 * nord


def test_a_market_of_another_size_scales_units(tmp_path: Path) -> None:
    head = HEAD + ",market_sales"
    row = ROWS[0]
    folder = espresso(tmp_path, row + ",", row.replace("Dora 2022", "Dora 2") + ",@machines-sold",
                      row.replace("Dora 2022", "Dora 3") + ",400000", head=head)  # fmt: skip
    study = load_study(folder)
    a, b, c = predict_figures(study, study.market(), read_launch_figures(study))
    assert b.predicted == pytest.approx(a.predicted)
    assert c.predicted == pytest.approx(a.predicted / 2)
    assert c.units == pytest.approx(2 * a.units)


def test_results_compare_and_say_so(study: Study, ran: Run) -> None:
    past = ran.results.launches
    assert past is not None
    assert past.figures[0].launch == "Dora 2022"
    assert len(past.figures) == 7
    for figure in past.figures:
        assert figure.log_ratio == pytest.approx(math.log(figure.happened / figure.predicted))
        assert figure.quantiles is not None
        assert figure.quantiles.p5 < figure.quantiles.p50 < figure.quantiles.p95
    population = past.population
    assert population is not None
    assert (population.launches, population.numbers, population.bounds) == (6, 6, 1)
    assert population.uniformity is not None
    assert 0 < population.uniformity <= 1
    read = study.past_launches.population
    assert read is not None
    assert (population.mean, population.mean_error) == pytest.approx(read.mean)
    (forecast,) = past.forecasts
    scenario = ran.results.headline_scenario("Alba")
    assert scenario is not None
    assert forecast.units == scenario.entrants["Alba"].units
    # One world: the middle is the answer itself, which has the launches in it.
    assert forecast.quantiles.p5 < forecast.quantiles.p50 < forecast.quantiles.p95
    assert forecast.quantiles.p50 == pytest.approx(forecast.units, rel=1e-9)
    assert forecast.quantiles.p95 < scenario.outcome.total_units
    assert (forecast.units < forecast.units_before) == (population.mean < 0)


def test_results_are_written_and_read(ran: Run, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(results_text(ran.results), encoding="utf-8")
    assert read_results(tmp_path).launches == ran.results.launches


def test_the_page_says_it_in_plain_words(ran: Run) -> None:
    made = section(ran.results)
    assert made is not None
    assert made.sentences[0].startswith("6 past launches (6 numbers, 1 bound), predicted")
    assert "That is in all numbers of entrants" in made.sentences[1]
    assert "with Nord and Sud, at list prices, Alba would sell" in made.sentences[1]
    assert len(made.tables[0].rows) == 7
    assert made.brief[:1] == made.sentences[:1]
    page = render(ran.results)
    assert "<small>Past launches</small>" in page
    assert len(ran.results.launches.figures) == 7


def test_more_than_any_launch_sold_is_said_in_the_answer(ran: Run) -> None:
    past = ran.results.launches
    assert past is not None
    assert past.largest is not None
    assert past.largest.bound == "none"
    assert launch_warning(ran.results) is None or past.forecasts[0].above_every_launch
    forecast = past.forecasts[0].model_copy(update={"above_every_launch": ("Nord",)})
    shown = ran.results.model_copy(
        update={"launches": past.model_copy(update={"forecasts": (forecast,)})}
    )
    warning = launch_warning(shown)
    assert warning is not None
    assert "Alba at Nord" in warning.text
    assert render(shown).count("More than any past launch") == 1


def test_few_numbers_are_no_population(tmp_path: Path) -> None:
    ran = run(load_study(espresso(tmp_path, *ROWS[:3])))
    past = ran.results.launches
    assert past is not None
    assert past.population is None
    assert past.forecasts == ()
    made = section(ran.results)
    assert made is not None
    assert "too few numbers" in made.sentences[0]
    assert "Past launches" in render(ran.results)


def test_what_was_not_published_yet_is_not_used(study: Study) -> None:
    earlier = study.at(study.as_of.replace(year=2023, month=12, day=31))
    assert len(read_launch_figures(earlier)) == 5


def test_without_launches_nothing_is_said(tmp_path: Path) -> None:
    folder = espresso(tmp_path)
    with pytest.raises(InputError, match=r"launches.csv.* leave the table out"):
        load_study(folder)
    (folder / "launches.csv").unlink()
    study = load_study(folder)
    assert compare_launches(study, study.market()) == []
    study = load_study(espresso(tmp_path / "later", ROWS[-1]), as_of="2023-06-30")
    assert read_launch_figures(study) == []


BAD = [
    ("channels", "Norden", "a channel of channels.csv"),
    ("channel", "Sud", "one of the channels it was sold at"),
    ("channel", "Nord;Süd", "a channel of channels.csv"),
    ("measure", "shelves", "'units', 'share_of_channel'"),
    ("measure", "share_of_channel", "the channel that it is a share of"),
    ("value", "-5", "a number above 0"),
    ("value", "0", "a number above 0"),
    ("value", "@machines-sold", "a number above 0"),
    ("error", "0", "a number above 0"),
    ("error", "", "a number above 0"),
    ("months", "0", "a number above 0"),
    ("bound", "over", "'none', 'upper', 'lower'"),
    ("known", "3", "a number from 0 to 1"),
    ("known", "@nowhere", "the id of a row of facts.csv"),
    ("product", "Alba Tre", "a product of products.csv"),
    ("product", "Alba Uno", "Alba, which makes Alba Uno"),
    ("tier", "hom", "a tier of products.csv"),
    ("published", "soon", "a date"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "expected"), BAD)
def test_bad_cells_are_named(column: str, value: str, expected: str, tmp_path: Path) -> None:
    cells = dict(zip(HEAD.split(","), ROWS[0].split(","), strict=True)) | {column: value}
    with pytest.raises(InputError) as refused:
        load_study(espresso(tmp_path, ",".join(cells.values())))
    problem = next(p for p in refused.value.problems if p.column and expected in p.expected)
    assert problem.file == "launches.csv"
    assert problem.row == 2
    assert problem.remedy


def test_bad_tables_are_named(tmp_path: Path) -> None:
    row = ROWS[1].replace("0.05", "5")
    with pytest.raises(InputError, match=r"a share, at most 1") as refused:
        load_study(espresso(tmp_path, row + ",3", row + ",3", head=HEAD + ",presure"))
    text = str(refused.value)
    assert "one row for each launch and channel and measure and bound" in text
    assert "a column 'presure'" in text
    assert "'pressure'" in text


def test_a_share_of_the_market_is_of_no_channel(tmp_path: Path) -> None:
    row = ROWS[3].replace(",Online,,", ",Online,Online,")
    with pytest.raises(InputError, match="none, of a share of the market"):
        load_study(espresso(tmp_path, row))


def test_without_a_line_there_is_no_prediction(tmp_path: Path) -> None:
    folder = espresso(tmp_path, *ROWS[:1])
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace("[hedonic]\n", "").replace('formula = "pressure"\n', "")
    toml = toml[: toml.index("[entry]")]
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    study = load_study(folder)
    with pytest.raises(InputError, match=r"\[hedonic\] with a formula"):
        compare_launches(study, study.market())


def test_entrants_have_past_launches_in_their_quality_and_its_error(study: Study) -> None:
    correction = study.past_launches.population.correction
    before, after = study.fitted.unsold, study.calibrated.unsold
    moved = after.market.products["quality"] - before.market.products["quality"]
    new = before.error > 0
    assert new.any()
    assert moved[new].to_numpy() == pytest.approx(correction.mean)
    assert (moved[~new] == 0).all()
    launch = correction.mean_error**2 + correction.spread**2
    both = after.error_at(2)[new] ** 2 - before.error[new] ** 2
    assert both.to_numpy() == pytest.approx(launch + correction.channel_spread**2 / 2)
    assert (after.error_at(0)[~new] == 0).all()
    # The same correction once more changes nothing; none leaves everything as it is.
    assert after.corrected(correction) is after
    assert before.corrected(None) is before


def test_what_is_drawn_of_a_launch_is_where_it_belongs(study: Study) -> None:
    unsold = study.calibrated.unsold
    correction = replace(unsold.correction, channel_spread=0.5)
    unsold = replace(unsold, correction=correction)
    maker = unsold.market.products.loc[unsold.error > 0, "manufacturer"].iloc[0]
    drawn = unsold.drawn({}, {}, {maker: 1.0}, -2.0, {(maker, "Nord"): 3.0})
    moved = drawn.products["quality"] - unsold.market.products["quality"]
    expected = correction.spread - 2 * correction.mean_error
    assert moved[unsold.error > 0].to_numpy() == pytest.approx(expected)
    launched = drawn.after(
        *(Launch(p, c) for p in unsold.error.index[unsold.error > 0] for c in ("Nord", "Sud"))
    )
    table = launched.table
    theirs = table["manufacturer"].eq(maker)
    assert (table.loc[theirs & table["channel"].eq("Nord"), "extra"] == 1.5).all()
    assert (table.loc[theirs & table["channel"].eq("Sud"), "extra"] == 0.0).all()


def test_makers_at_channels_are_read_off_margins_and_checks(us: Study) -> None:
    values, squares = channel_effects(us)
    # Apple at Verizon, Apple and Samsung at T-Mobile, ZTE at two kinds of channels.
    assert len(values) == 3
    assert squares[0] == 1
    assert (squares[1:] < 1).all()
    assert (values > 0).all()


# The shipped study --------------------------------------------------------------------------------


def test_the_shipped_study_is_tested_on_launches_known_at_its_date(us_results: Run) -> None:
    past = us_results.results.launches
    assert past is not None
    assert len(past.figures) >= 10
    assert all(figure.published <= "2017-12-15" for figure in past.figures)
    assert all(figure.source and figure.url and figure.quote for figure in past.figures)
    population = past.population
    assert population is not None
    assert population.launches >= 8
    assert population.numbers >= 8
    assert population.uniformity is not None
    assert 0.05 < population.uniformity < 1
    missed = [c.level for c in population.coverage if not c.low <= c.level <= c.high]
    assert missed == []
    # One maker sells differently from channel to channel, as the Z2 Force shows.
    assert population.channel_spread > 2 * population.channel_spread_error
    # Where the launches that happened were sold: the Z2 Force at four carriers.
    moto = [f for f in past.figures if f.launch.startswith("Moto Z2")]
    assert {f.channels[0] for f in moto} == {"Verizon", "AT&T", "T-Mobile", "Sprint"}
    assert all(f.measure == LaunchMeasure.UNITS for f in moto)


def test_entrants_of_the_shipped_study_are_held_to_them(us_results: Run) -> None:
    past = us_results.results.launches
    assert past is not None
    assert {f.manufacturer for f in past.forecasts} == {"Huawei", "Xiaomi"}
    for forecast in past.forecasts:
        # Half and less of what the model says cannot be excluded, nor can twice as much.
        assert forecast.quantiles.p5 < forecast.units / 2
        assert 2 * forecast.units < forecast.quantiles.p95
        assert forecast.units < forecast.units_before
        assert forecast.units_at_channels_prices is not None
    above = [f.manufacturer for f in past.forecasts if f.above_every_launch]
    assert above == ["Xiaomi"]
    assert launch_warning(us_results.results) is not None
