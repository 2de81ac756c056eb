"""Two brewers and one shelf: every pair of choices is a path, and the table is read rightly."""

import shutil

import numpy as np
import pytest

import inroads as ir
from inroads.errors import InputError
from inroads.study.load import Study, load_study
from tests.plans.conftest import TEMPLATE

SECOND = """
[[entry.entrants]]
manufacturer = "Kauz"
main_products = ["Kauz Bock"]

[firms] """


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("two") / "beer"
    shutil.copytree(TEMPLATE, folder)
    toml = folder / "study.toml"
    text = toml.read_text().replace("\n[firms] ", SECOND, 1)
    text = text.replace("periods = 6", "periods = 2").replace("decide = 3", "decide = 1")
    text = text.replace(
        'formula = "bitterness"', 'formula = "bitterness"\nlike = { Kauz = ["Stein"] }'
    )
    toml.write_text(text.replace("wait = [0, 3]", "wait = [0, 1]"))
    with (folder / "products.csv").open("a") as file:
        file.write("Kauz Bock,Kauz,Kauz,craft,2024-09,2.99,26\n")
    return load_study(folder)


@pytest.fixture(scope="module")
def order(two: Study) -> ir.MoveOrder:
    return ir.move_order(two)


def test_values_are_those_of_paths(two: Study, order: ir.MoveOrder) -> None:
    """Amsel at Markt and Kauz at Grund, each deal failing by itself: four paths by hand."""
    model = two.path().with_prices_at_launches()
    talks = (1 - two.facts.resolve("@talks-fail", "test").value) ** 3
    r = model.rate_per_period

    def profit(mine: bool, theirs: bool) -> np.ndarray:
        beside = {"Kauz": {"Grund": 0} if theirs else {}}
        path = model.follow("Amsel", {"Markt": 0} if mine else {}, beside=beside)
        return path.profits["Amsel"].to_numpy()

    worth = sum(
        (talks if mine else 1 - talks)
        * (talks if theirs else 1 - talks)
        * sum((profit(mine, theirs) - profit(False, False)) / (1 + r) ** np.array([1, 2]))
        for mine in (True, False)
        for theirs in (True, False)
    )
    known = order.first_values.loc["Markt", "Grund"]
    assert known == pytest.approx(worth - model.launch_cost, rel=1e-9)
    assert order.first_values.loc["no deal", "no deal"] == 0
    assert order.second_values.loc["no deal", "no deal"] == 0
    # The other's deals cost it customers whom it has in the open channel.
    assert order.first_values.loc["no deal", "Markt, Grund"] < 0


def test_leading_is_worth_at_least_what_moving_at_once_is(order: ir.MoveOrder) -> None:
    rows = order.outcomes
    lead = rows.loc["Amsel first", "Amsel gains"]
    assert lead >= rows.loc[["at once"], "Amsel gains"].min() - 1e-9
    assert rows.loc["Kauz first", "Kauz gains"] >= rows.loc[["at once"], "Kauz gains"].min()
    answer = order.second_values.loc[rows.loc["Amsel first", "Amsel"]]
    assert rows.loc["Amsel first", "Kauz"] == answer.idxmax()


def test_the_first_deal_moves_the_terms_of_the_second(order: ir.MoveOrder) -> None:
    assert order.terms.index.tolist() == ["Markt", "Grund"]
    assert order.terms.shape == (2, 2)
    assert (order.terms.iloc[:, 0] != order.terms.iloc[:, 1]).all()
    text = str(order)
    assert "Amsel and Kauz, who first?" in text
    assert "Wholesale price that Kauz agrees on" in text


def test_one_entrant_has_nobody_to_wait_for(beer: Study) -> None:
    with pytest.raises(InputError, match="two entrants, of which one may come first"):
        ir.move_order(beer)
