"""Costs on one basis, members after cost to serve, campaigns by channel: a small study."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inroads.cli import app
from inroads.errors import InputError
from inroads.market.vertical import promotion_share
from inroads.report.page import render
from inroads.results.tree import Results
from inroads.study.load import load_study
from inroads.study.market.firm_facts import firm_facts
from inroads.study.market.firms import calibrate_firms
from inroads.study.run import run

TARGET = 'margin_target = { channel = "Nord", revenue = 100.0, cost = 90.0 }\n'
BASIS = """wholesale = "by product"
cost_to_serve = 0.4
discount_rate = 0.12
financing = { funds = 0.06, losses = 0.02 }
"""


def edited(folder: Path, *changes: tuple[str, str]) -> Path:
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return folder


def on_one_basis(folder: Path) -> Path:
    return edited(
        folder,
        (TARGET, BASIS),
        ('name = "Nord"\n', 'name = "Nord"\ngoods_margin = 0.1\n'),
        ("[entry] ", "[entry] # campaigns\ncampaign = { seen_elsewhere = 0.5, cost = 500.0 }\n#"),
        ("[entry] ", '[entry] #\nas_good_as = "Borea One"\n#'),
    )


@pytest.fixture(scope="module")
def results(
    tmp_path_factory: pytest.TempPathFactory, espresso_in: Callable[[Path], Path]
) -> Results:
    return run(load_study(on_one_basis(espresso_in(tmp_path_factory.mktemp("costs"))))).results


def test_both_bases_are_there_and_that_of_the_answer_first(results: Results) -> None:
    assert results.negotiations is not None
    costs = results.negotiations.costs
    assert costs is not None
    assert [b.wholesale for b in costs.bases] == ["by product", "by channel"]
    assert costs.bases[0].above_open_price == ()
    (answer,) = results.negotiations.entrants
    own = [d for d in costs.deals if d.wholesale == "by product" and d.as_good_as is None]
    assert [d.units for d in own] == [pytest.approx(answer.units, rel=1e-12)]
    assert {(d.wholesale, d.as_good_as) for d in costs.deals} == {
        (basis, peer) for basis in ("by product", "by channel") for peer in (None, "Borea One")
    }


def test_one_wholesale_price_a_product_and_each_margin_is_met(results: Results) -> None:
    firms = results.firms
    assert firms is not None
    prices: dict[str, set[float]] = {}
    for offer in firms.offers:
        if offer.wholesale_price is not None:
            prices.setdefault(offer.product, set()).add(round(offer.wholesale_price, 9))
    assert {len(p) for p in prices.values()} == {1}
    nord = next(c for c in firms.channels if c.channel == "Nord")
    assert nord.margin == pytest.approx(0.1, abs=1e-10)
    assert nord.margin_target == 0.1
    assert firms.baseline.price_gap <= 1e-8


def test_the_page_shows_them(results: Results) -> None:
    page = render(results)
    for text in (
        "Two readings of what goods cost",
        "Gives off list prices",
        "campaign costs about",
    ):
        assert text in page


def test_campaigns_by_channel(results: Results) -> None:
    assert results.negotiations is not None
    (row,) = results.negotiations.campaigns
    assert row.awareness_with > row.awareness_without
    assert (row.own_dollars > 0) == (row.first_dollar > 1)


def test_a_member_is_worth_what_is_left_discounted(
    tmp_path: Path, espresso_in: Callable[[Path], Path]
) -> None:
    study = load_study(on_one_basis(espresso_in(tmp_path)))
    assert study.config.firms is not None
    facts = firm_facts(study, study.config.firms)
    assert facts.member_value["Nord"] == pytest.approx(10.0 * 0.6 / (0.05 + 0.01), rel=1e-12)
    assert facts.cash_member_value["Sud"] == pytest.approx(4.0 * 0.6 / (0.05 + 0.01), rel=1e-12)
    assert (facts.funds_rate, facts.financed_loss) == (0.06, 0.02)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("cost_to_serve = 0.4", "cost_to_serve = 1.0", "cost to serve from 0 to below 1"),
        ("losses = 0.02", "losses = 1.5", "from 0 to below 1"),
        ("goods_margin = 0.1", "goods_margin = 1.2", "a margin below 1"),
        ("goods_margin = 0.1", "goods_margin = 0.99", "a margin that the value of members"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    tmp_path: Path, espresso_in: Callable[[Path], Path], old: str, new: str, expected: str
) -> None:
    study = load_study(edited(on_one_basis(espresso_in(tmp_path)), (old, new)))
    with pytest.raises(InputError, match=expected):
        calibrate_firms(study, study.market())


def test_promotions_may_be_given(tmp_path: Path, espresso_in: Callable[[Path], Path]) -> None:
    change = ("goods_margin = 0.1", "promotion = 0.3")
    study = load_study(edited(on_one_basis(espresso_in(tmp_path)), change))
    firms = calibrate_firms(study, study.market())
    assert firms is not None
    assert promotion_share(firms.market, "Nord") == pytest.approx(0.3, abs=1e-12)
    path = tmp_path / "espresso" / "study.toml"
    text = path.read_text(encoding="utf-8").replace('wholesale = "by product"\n', "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="by product"):
        load_study(tmp_path / "espresso")


def test_check_says_what_of_costs_looks_wrong(
    tmp_path: Path, espresso_in: Callable[[Path], Path]
) -> None:
    folder = espresso_in(tmp_path)
    shown = CliRunner().invoke(app, ["check", str(folder)])
    assert shown.exit_code == 0
    assert "wholesale prices are by channel" in " ".join(shown.output.split())
    with (folder / "facts.csv").open("a", encoding="utf-8") as file:
        file.write("bom-borea-one,Borea One,bill,500,dollars,2023,2023-01,made up,,500,estimate,\n")
    shown = CliRunner().invoke(app, ["check", str(on_one_basis(folder))])
    assert "a bill of materials of 500 is above" in " ".join(shown.output.split())
    assert "by channel" not in shown.output
