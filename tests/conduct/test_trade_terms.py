"""Trade terms move risk from one side to the other; together both lose what is really lost."""

import numpy as np
import pytest

from inroads.conduct.bargaining.trade_terms import first_order, minimum_volume
from inroads.errors import InputError

RANDOM = np.random.default_rng(3)
UNITS = RANDOM.uniform(20, 80, (500, 4))
WHOLESALE = np.array([5.0, 4.5, 4.6, 4.0])


def test_certain_sales_as_agreed_change_nothing() -> None:
    sales = UNITS.mean(axis=0)
    for effects in (
        minimum_volume(sales, sales, 3.0),
        first_order(sales, sales[0], WHOLESALE, 2.0, protection=1.0, buy_back=4.0),
    ):
        assert np.abs(effects.manufacturer).max() == 0
        assert np.abs(effects.channel).max() == 0


def test_a_guarantee_pays_for_what_is_short_in_the_end() -> None:
    promised = np.full(4, 50.0)
    effects = minimum_volume(UNITS, promised, 3.0)
    total = effects.manufacturer.sum(axis=1)
    np.testing.assert_allclose(total, 3 * np.maximum(200 - UNITS.sum(axis=1), 0), atol=1e-9)
    assert np.abs(effects.joint).max() == 0


def test_a_guarantee_of_the_mean_is_worth_the_option() -> None:
    """Normal sales: E[(mean - Q)+] = sd / sqrt(2 pi)."""
    q = 100 + 20 * np.random.default_rng(0).standard_normal((200_000, 1))
    paid = minimum_volume(q, [100.0], 3.0).manufacturer
    assert paid.mean() == pytest.approx(3 * 20 / np.sqrt(2 * np.pi), rel=0.01)


def test_a_guarantee_takes_the_manufacturers_risk() -> None:
    margin, effects = 3.0, minimum_volume(UNITS, np.full(4, 50.0), 3.0)
    earned = margin * UNITS.sum(axis=1)
    assert (earned + effects.manufacturer.sum(axis=1)).std() < earned.std()
    # At its margin, it never earns less than of what was promised.
    assert (earned + effects.manufacturer.sum(axis=1)).min() >= margin * 200 - 1e-9


def test_a_first_order_by_hand() -> None:
    """Sixty ordered, ten and twenty sold of them, thirty never."""
    effects = first_order([10.0, 20.0], 60.0, [5.0, 4.0], [2.0, 1.0])
    np.testing.assert_allclose(effects.channel, [-5 * 50, 4 * 20])
    np.testing.assert_allclose(effects.manufacturer, [(5 - 2) * 50, -(4 - 1) * 20])
    protected = first_order([10.0, 20.0], 60.0, [5.0, 4.0], [2.0, 1.0], protection=0.5)
    np.testing.assert_allclose(protected.channel - effects.channel, [0, 0.5 * 50])


def test_protection_and_buy_backs_move_money_only() -> None:
    plain = first_order(UNITS, 150.0, WHOLESALE, 2.0)
    for terms in ({"protection": 1.0}, {"buy_back": 4.0}, {"protection": 0.3, "buy_back": 2.0}):
        effects = first_order(UNITS, 150.0, WHOLESALE, 2.0, **terms)
        np.testing.assert_allclose(effects.joint, plain.joint, atol=1e-9)
        assert effects.channel.sum(axis=1).std() < plain.channel.sum(axis=1).std()
    left = np.maximum(150 - UNITS.sum(axis=1), 0)
    np.testing.assert_allclose(plain.joint.sum(axis=1), -2.0 * left, atol=1e-9)


def test_full_protection_leaves_the_channel_with_what_is_never_sold() -> None:
    falling = np.array([5.0, 4.5, 4.2, 4.0])
    channel = first_order(UNITS, 150.0, falling, 2.0, protection=1.0).channel.sum(axis=1)
    left = np.maximum(150 - UNITS.sum(axis=1), 0)
    np.testing.assert_allclose(channel, -4.0 * left, atol=1e-9)
    assert (left == 0).any()


def test_a_buy_back_at_what_was_paid_leaves_the_channel_no_risk() -> None:
    effects = first_order(UNITS, 500.0, 5.0, 2.0, buy_back=5.0)
    assert np.abs(effects.channel).max() < 1e-9


def test_a_buy_back_makes_the_channel_order_what_is_best_for_both() -> None:
    """Pasternack (1985): the newsvendor's order is that of the chain where b = p - p (p - w) /
    (p - c), and both are the critical fractile of demand."""
    p, w, c = 10.0, 6.0, 3.0
    b = p - p * (p - w) / (p - c)
    demand = (np.arange(2000) + 0.5)[:, None] / 20  # uniform, 0 to 100
    orders = np.arange(1.0, 100.0)

    def best(buy_back: float, joint: bool) -> float:
        profits = []
        for q in orders:
            sold = np.minimum(demand, q)
            effects = first_order(sold, q, w, c, buy_back=buy_back)
            margin = p - (c if joint else w)
            gain = effects.joint if joint else effects.channel
            profits.append((margin * sold + gain).mean())
        return float(orders[np.argmax(profits)])

    assert best(0.0, True) == pytest.approx(100 * (p - c) / p, abs=1)
    assert best(b, False) == best(b, True)
    assert best(0.0, False) == pytest.approx(100 * (p - w) / p, abs=1) != best(0.0, True)


def test_terms_below_zero_are_refused() -> None:
    with pytest.raises(InputError, match="0 or more"):
        minimum_volume([1.0], [-1.0], 1.0)
    with pytest.raises(InputError, match="0 or more"):
        first_order([1.0], 1.0, 1.0, 1.0, buy_back=-1.0)
    with pytest.raises(InputError, match="at most 1"):
        first_order([1.0], 1.0, 1.0, 1.0, protection=1.5)
