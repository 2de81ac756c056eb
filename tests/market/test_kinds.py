"""Every public move on every kind of market: it is made, or refused by name. Nothing else."""

from dataclasses import replace

import numpy as np
import pytest

import inroads as ir
from inroads.market import moves
from tests.market.test_arrays import chain
from tests.market.test_labelled import market as labelled
from tests.market.test_vertical import entered, firms

#: the names that moves use, as they are in labelled markets, and in markets of arrays
LABELS = {"product": "N1", "manufacturer": "New", "channel": "Gee", "brand": "New", "firm": "Big"}
ARRAYS = {"product": "11", "manufacturer": "W1", "channel": "R1", "brand": "W1", "firm": "R2"}


def every_move(n):
    """Each public move, once with every way of naming what it is about."""
    product, manufacturer, channel = n["product"], n["manufacturer"], n["channel"]
    yield from (
        ir.Adapt(product, ("cdma",)),
        ir.dynamics.AwarenessFloor(n["brand"], 0.8),
        ir.Campaign(n["brand"], 0.8),
        ir.Campaign(n["brand"], 0.8, (channel,)),
        moves.Exposure(n["brand"], 0.5),
        moves.Exposure(n["brand"], 0.5, (channel,), 0.3),
        moves.Allowance(manufacturer, 0.1),
        moves.Allowance(manufacturer, 0.1, channel),
        ir.Change(product, size=2.0),
        ir.ChangeCost(fraction=0.1),
        ir.ChangeCost(amount=0.1, manufacturer=manufacturer),
        ir.Deal(manufacturer, channel),
        ir.Deal(manufacturer, channel, (product,), adapted=False),
        ir.Divest("X", manufacturer=manufacturer),
        ir.Divest("X", channel=channel, side="channel"),
        ir.Exclusive(manufacturer, channel),
        ir.Finance(12),
        ir.Finance(12, product=product),
        ir.Launch("N2"),
        ir.Launch("N2", "Open", 300.0),
        ir.Launch("new", price=2.0, manufacturer=manufacturer, utility=np.zeros(1)),
        ir.Launch("new", channel, 2.0, manufacturer=manufacturer, utility=np.zeros(4), alpha=1.0),
        ir.Merge(manufacturer, n["firm"]),
        ir.Quota(0.05, (manufacturer,)),
        ir.Quota(0.05, offers=(product,)),
        ir.SetPrice(product, 1.5),
        ir.SetPrice(offer=product, by=0.1),
        ir.SetPrice(product, by=0.1, channel=channel),
        ir.Subsidy(0.1),
        ir.Tariff(0.1, base="customs value"),
        ir.Tariff(0.1, base="wholesale price", payer="manufacturer", manufacturer=manufacturer),
        ir.Tax(unit=0.1),
        ir.Tax(rate=0.1, channel=channel),
        ir.Withdraw(product),
        ir.Withdraw(manufacturer=manufacturer),
        ir.Withdraw(channel=channel),
        ir.Withdraw(offer=product),
        ir.Withdraw(offer=(product, "Open")),
    )


def vertical():
    return labelled().with_firms(firms())


def by_offer():
    market = chain(agents=3)
    demand = market.consumers
    alpha = np.broadcast_to(demand.alpha, demand.utility.shape)
    return replace(market, consumers=replace(demand, alpha=alpha), pricing=ir.Bertrand())


KINDS = {
    "labelled, list prices": labelled,
    "labelled, firms price": vertical,
    "labelled, one pair bargains": lambda: entered(vertical(), 0.6),
    "arrays, list prices": lambda: replace(chain(), pricing=ir.ListPrices()),
    "arrays, sellers price": lambda: replace(chain(), pricing=ir.Bertrand()),
    "arrays, alpha by offer": by_offer,
    "arrays, all bargain": chain,
    "arrays, nests": lambda: chain(model=ir.choice.Nested([0, 0, 1, 1, 2, 2], 0.4)),
    "arrays, owned": lambda: chain().after(ir.Merge("R1", "W1")),
}

MOVES = [*every_move(LABELS), *every_move(ARRAYS)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "number", range(len(MOVES)), ids=lambda k: f"{k}-{type(MOVES[k]).__name__}"
)
def test_a_move_is_made_or_refused_by_name(kind, number):
    market, move = KINDS[kind](), MOVES[number]
    try:
        after = market.after(move)
    except ir.InputError as refused:
        assert refused.problems[0].expected
        assert refused.problems[0].remedy
        return
    assert after.moves[-1] is move
    try:
        solved = after.solve(certificate=False)
    except (ir.InputError, ir.ConvergenceError):
        return
    assert np.isfinite(solved.shares).all()


def test_every_public_move_is_tried():
    tried = {type(move).__name__ for move in MOVES}
    assert tried == {*moves.__all__, "AwarenessFloor"} - {"Move"}


@pytest.mark.parametrize(
    ("kind", "move", "text"),
    [
        ("arrays, all bargain", ir.Launch("x"), "Launch: .*manufacturer=, price= and utility="),
        ("arrays, all bargain", ir.Deal("W1", "R1"), "Deal: found demand as arrays"),
        ("arrays, sellers price", ir.Campaign("W1", 0.5), "Campaign: found demand as arrays"),
        ("arrays, list prices", ir.Merge("R1", "R2"), "Merge: found list prices"),
        ("labelled, list prices", ir.Merge("Big", "New"), "Merge: found list prices"),
        ("labelled, list prices", ir.Tax(unit=1.0), "Tax: found list prices"),
        ("labelled, firms price", ir.Divest("X", manufacturer="New"), "Divest: found a labelled"),
        ("arrays, sellers price", ir.Withdraw("11"), "a market with products"),
    ],
)
def test_a_refusal_names_the_move_and_what_it_asks_for(kind, move, text):
    with pytest.raises(ir.InputError, match=text):
        KINDS[kind]().after(move)
