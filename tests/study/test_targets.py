"""The moments that targets.csv may name, on a market small enough to reckon by hand."""

from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.market.consumers import CELL_COLUMNS, Consumers
from inroads.market.market import Market
from inroads.study.market.targets import MOMENTS, moment

PRODUCTS = pd.DataFrame(
    [
        ("iPhone", "Apple", "Apple", "iOS", "flagship", "any", 800.0, 0.0),
        ("Moto", "Motorola", "Motorola", "Android", "entry", "any", 200.0, 0.0),
    ],
    columns=[
        "product",
        "manufacturer",
        "brand",
        "platform",
        "tier",
        "standards",
        "price",
        "quality",
    ],
).set_index("product")
CHANNELS = pd.DataFrame(
    [
        ("A", True, "any", 24.0, 0.0, np.inf, 0.0),
        ("B", True, "any", 0.0, 0.0, np.inf, 0.0),
        ("Open", False, "any", 0.0, 0.0, np.inf, 0.0),
    ],
    columns=["channel", "has_members", "standard", "months", "down", "limit", "appeal"],
).set_index("channel")
OFFERS = pd.DataFrame(
    [
        ("iPhone", "A", 800.0, 24.0, 0.0, np.inf, "any", 0.0),
        ("Moto", "A", 200.0, 24.0, 0.0, np.inf, "any", 0.0),
        ("Moto", "B", 200.0, 0.0, 0.0, np.inf, "any", 0.0),
        ("iPhone", "Open", 800.0, 0.0, 0.0, np.inf, "any", 0.0),
    ],
    columns=["product", "channel", "price", "months", "down", "limit", "standards", "extra"],
)
CELLS = pd.DataFrame(
    [
        ("A", "Apple", "iOS", 60_000.0, 0.0, True, 0.5, 0.0),
        ("B", "other", "Android", 60_000.0, 0.0, False, 0.3, 0.0),
        ("B", "other", "Android", 60_000.0, 0.0, True, 0.2, 0.0),
    ],
    columns=list(CELL_COLUMNS),
)
# Purchases per 100 consumers, offers by cells:
#             A/Apple  B/other  B/other
P = np.array(
    [
        [0.4, 0.1, 0.2],  # iPhone at A:     20     3     4
        [0.1, 0.2, 0.2],  # Moto at A:        5     6     4
        [0.1, 0.3, 0.1],  # Moto at B:        5     9     2
        [0.2, 0.1, 0.3],  # iPhone, open:    10     3     6
    ]
)
Q = P * CELLS["weight"].to_numpy()
MARKET = Market(
    products=PRODUCTS,
    channels=CHANNELS,
    offers=OFFERS,
    consumers=Consumers(CELLS, pd.DataFrame(index=pd.Index(["A", "B"], name="home"))),
    tastes=MappingProxyType({"money": 1.0}),
    size=1e6,
)


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        # 58 buy from carriers; of those with A 5 at B, of those with B 9 + 8 at A.
        ("channel_switching", "", (5 + 9 + 8) / 58),
        # Of these 58, 10 Apple owners buy Moto, 3 + 4 others an iPhone; Moto counts as "other".
        ("brand_switching", "", (10 + 3 + 4) / 58),
        # 19 buy in the open channel: iPhones all.
        ("brand_switching_open", "", (3 + 6) / 19),
        # 40 purchases by Apple owners, 30 of them iPhones; 37 by others, 21 of them Moto.
        ("retention", "Apple", 30 / 40),
        ("retention", "other", 21 / 37),
        ("retention", "iOS", 30 / 40),
        ("retention", "Android", 21 / 37),
        # 42 buy at A; the 9 of the second cell are granted no instalments.
        ("financed", "A", 33 / 42),
        ("share", "Apple|A", 27 / 42),
        ("share", "Motorola|A;B", 31 / 58),
        ("share", "Apple;Motorola|A;Open", 1.0),
        # An iPhone costs 8 hundred dollars: -8 theta sum Q (1 - P) / sum Q.
        ("elasticity", "flagship", -8 * 0.7 * (0.179 + 0.149) / 0.46),
        ("elasticity", "entry", -2 * 0.7 * (0.125 + 0.126) / 0.31),
        ("taste", "money", 0.7),
    ],
)
def test_by_hand(name: str, of: str, expected: float) -> None:
    found = moment(name, of, MARKET, MARKET.arrays).value(Q, Q * P, np.array([0.7]))
    assert found == pytest.approx(expected, rel=1e-12)


def test_every_moment_is_reckoned_here() -> None:
    here = {
        mark.args[1][k][0] for mark in test_by_hand.pytestmark for k in range(len(mark.args[1]))
    }
    assert here == set(MOMENTS)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("elasticity", "mid"),
        ("retention", "Nokia"),
        ("financed", "B"),
        ("financed", "Nowhere"),
        ("share", "Apple|Nowhere"),
        ("share", "Apple"),
        ("taste", "wit"),
    ],
)
def test_a_moment_of_nobody_is_refused(name: str, of: str) -> None:
    with pytest.raises(InputError, match="correct 'of'") as refused:
        moment(name, of, MARKET, MARKET.arrays)
    assert repr(of) in str(refused.value)


def test_an_unknown_moment_is_refused_with_the_known() -> None:
    with pytest.raises(InputError, match="found loyalty") as refused:
        moment("loyalty", "", MARKET, MARKET.arrays)
    assert all(name in str(refused.value) for name in MOMENTS)
