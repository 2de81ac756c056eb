"""Consumers from the numbers of a study: weights and margins are those given."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inroads.errors import InputError
from inroads.study.config.config_base import Cell
from inroads.study.config.consumers import ConsumerPart, Income, Liquidity, Owned, SubgroupShare
from inroads.study.load import Study
from inroads.study.market.consumer_cells import consumers
from inroads.study.market.regions import Place

HOMES = {"Verizon": 148.9, "AT&T": 138.8, "T-Mobile": 70.7}
EVERYWHERE = {"": Place(1.0, HOMES)}
NETWORKS = {"Verizon": "cdma", "AT&T": "gsm", "T-Mobile": "gsm", "Open": "any"}


def number(cell: Cell, path: str, use: str) -> float:
    return float(cell)


def part(
    apple: float = 0.446, rich: float = 0.55, strained: float = 0.44, low: float = 0.4
) -> ConsumerPart:
    return ConsumerPart(
        income=(
            Income(label="low", mean=20_000.0, shares=(low / 2, low / 2), strained=1.6),
            Income(label="mid", mean=60_000.0, shares=(0.35,), strained=0.9),
            Income(label="high", mean=150_000.0, shares=(0.25,), strained=0.3),
        ),
        owned=(
            Owned(
                brand="Apple", platform="iOS", share=apple,
                among=SubgroupShare(income_from=100_000.0, share=rich),
            ),
            Owned(brand="Samsung", platform="Android", share=0.28),
            Owned(brand="other", platform="Android"),
        ),
        liquidity=Liquidity(strained=strained, annual_rate=0.12, strained_monthly_rate=0.03),
        awareness={"Huawei": 0.1, "Xiaomi": 0.04},
        income_exponent=0.5,
    )  # fmt: skip


def cells(given: ConsumerPart, homes: Mapping[str, float] = HOMES) -> pd.DataFrame:
    return consumers(given, {"": Place(1.0, homes)}, NETWORKS, number).cells


def by(frame: pd.DataFrame, column: str, credit: float = 0.0) -> pd.Series:
    return (frame["weight"] + credit * frame["credit"]).groupby(frame[column]).sum()


@pytest.mark.parametrize("credit", [0.0, 0.3, 1.0])
def test_weights_sum_to_one_whatever_the_credit(credit: float) -> None:
    frame = cells(part())
    weights = frame["weight"] + credit * frame["credit"]
    assert weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert (weights >= -1e-17).all()
    assert frame["credit"].sum() == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("credit", [0.0, 0.3, 1.0])
def test_margins_are_the_numbers_given(credit: float) -> None:
    frame = cells(part())
    home = pd.Series(HOMES) / sum(HOMES.values())
    pd.testing.assert_series_equal(
        by(frame, "home", credit), home, check_names=False, check_like=True
    )
    assert by(frame, "brand", credit).to_dict() == pytest.approx(
        {"Apple": 0.446, "Samsung": 0.28, "other": 1 - 0.446 - 0.28}
    )
    assert by(frame, "platform", credit)["iOS"] == pytest.approx(0.446)
    assert by(frame, "income", credit).to_dict() == pytest.approx(
        {20_000.0: 0.4, 60_000.0: 0.35, 150_000.0: 0.25}
    )
    assert by(frame, "rate", credit).to_dict() == pytest.approx({0.01: 0.56, 0.03: 0.44})


@pytest.mark.parametrize("credit", [0.0, 0.3, 1.0])
def test_credit_is_the_share_of_the_strained_who_get_instalments(credit: float) -> None:
    frame = cells(part())
    granted = by(frame[frame["rate"] == 0.03], "may_finance", credit)
    assert granted[True] == pytest.approx(0.44 * credit)
    at_ease = frame[frame["rate"] == 0.01]
    assert at_ease["may_finance"].all()
    assert (at_ease["credit"] == 0).all()


def test_apple_among_the_rich_and_the_others() -> None:
    frame = cells(part(apple=0.446, rich=0.55))
    for income, expected in ((150_000.0, 0.55), (60_000.0, (0.446 - 0.55 * 0.25) / 0.75)):
        group = frame[frame["income"] == income]
        assert by(group, "brand")["Apple"] / group["weight"].sum() == pytest.approx(expected)
        # The other brands keep their proportions.
        rest = by(group, "brand")
        assert rest["Samsung"] / rest["other"] == pytest.approx(0.28 / (1 - 0.446 - 0.28))


def test_being_strained_goes_with_the_odds_of_the_income() -> None:
    frame = cells(part())
    strained = by(frame[frame["rate"] == 0.03], "income") / by(frame, "income")
    assert strained[20_000.0] / strained[150_000.0] == pytest.approx(1.6 / 0.3)
    assert strained[60_000.0] / strained[150_000.0] == pytest.approx(0.9 / 0.3)


def test_home_is_independent_of_the_rest() -> None:
    frame = cells(part())
    joint = frame["weight"].groupby([frame["home"], frame["brand"]]).sum().unstack()
    np.testing.assert_allclose(joint, np.outer(by(frame, "home"), by(frame, "brand")), atol=1e-15)


@settings(max_examples=60)
@given(
    st.floats(0.05, 0.6),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.floats(0.01, 0.9),
    st.dictionaries(st.sampled_from([*HOMES]), st.floats(1e-3, 1e9), min_size=1),
)
def test_any_numbers_make_consumers_or_are_refused(
    apple: float, rich: float, strained: float, low: float, homes: dict[str, float]
) -> None:
    try:
        frame = cells(part(apple, rich, strained, low), homes)
    except InputError as error:
        assert "study.toml, consumers" in str(error)
        return
    for credit in (0.0, 1.0):
        weights = frame["weight"] + credit * frame["credit"]
        assert weights.sum() == pytest.approx(1.0)
        assert weights.min() > -1e-12
        assert by(frame, "brand", credit)["Apple"] == pytest.approx(apple)


def test_nothing_said_of_consumers() -> None:
    found = consumers(ConsumerPart(), {"": Place(1.0, {})}, {}, number)
    assert len(found.cells) == 1
    assert found.cells["weight"].tolist() == [1.0]
    assert found.cells["home"].tolist() == [""]


def test_everyone_is_aware_alike_whatever_the_carrier() -> None:
    found = consumers(part(), EVERYWHERE, NETWORKS, number)
    assert list(found.awareness.index) == list(HOMES)
    assert found.awareness["Huawei"].tolist() == [0.1] * 3
    assert found.awareness["Xiaomi"].tolist() == [0.04] * 3


def test_the_shipped_study_s_consumers_are_its_facts(us: Study) -> None:
    """Against facts.csv itself: home, phone, income and liquidity of December 2017."""
    frame = us.calibrated.market.consumers.cells
    value = {row["id"]: row["value"] for row in us.facts.ledger().to_dict("records")}
    credit = us.calibrated.market.tastes["credit"]
    brands = by(frame, "brand", credit)
    assert brands["Apple"] == pytest.approx(value["base-apple"] / 100)
    assert brands["Samsung"] == pytest.approx(value["base-samsung"] / 100)
    assert brands["LG"] == pytest.approx(value["base-lg"] / 100)
    rich = frame[frame["income"] >= 75_000]
    assert by(rich, "brand")["Apple"] / rich["weight"].sum() == pytest.approx(
        value["iphone-among-rich"] / 100
    )
    homes = {
        name: value[f"connections-{name.lower().replace('&', '').replace(' ', '-')}"]
        for name in ("Verizon", "AT&T", "T-Mobile", "Sprint", "Other carriers")
    }
    assert by(frame, "home").to_dict() == pytest.approx(
        {name: millions / sum(homes.values()) for name, millions in homes.items()}
    )
    strained = frame["rate"] == value["strained-rate"] / 100
    assert frame.loc[strained, "weight"].sum() == pytest.approx(value["cannot-cover-400"] / 100)


def test_awareness_by_channel_is_of_members_or_of_those_who_shop_there() -> None:
    at = {"Huawei": {"AT&T": 0.2, "Open": 0.28}}
    given = part().model_copy(update={"awareness_at": at})
    found = consumers(given, EVERYWHERE, NETWORKS, number)
    assert found.awareness["Huawei"].to_dict() == {"Verizon": 0.1, "AT&T": 0.2, "T-Mobile": 0.1}
    assert found.awareness["Xiaomi"].eq(0.04).all()
    # Of the 90 percent who do not know it, a fifth knows it there.
    assert found.at_shelves == {("Huawei", "Open"): pytest.approx(0.2)}
    assert consumers(part(), EVERYWHERE, NETWORKS, number).at_shelves == {}


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ({"Huawei": {"Open": 0.05}}, "at least 0.1, who know it elsewhere"),
        ({"Huawei": {"Open": 1.2}}, "awareness between 0 and 1"),
        ({"Apple": {"Open": 0.5}}, "a brand whose awareness is given"),
    ],
)
def test_awareness_by_channel_that_cannot_be_is_refused(
    at: dict[str, dict[str, float]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        consumers(part().model_copy(update={"awareness_at": at}), EVERYWHERE, NETWORKS, number)
