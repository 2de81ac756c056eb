"""What every demand and conduct keeps, that goes together: the same checks for all pairs."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.errors import CalibrationWarning

DEMANDS = ("logit", "nested logit", "overlapping nests", "ces", "nested ces", "linear")
MORE = ("log-linear", "aids")
CONDUCTS = ("bertrand", "cournot", "second score", "bargaining", "second-score bargaining")
ONE_GOOD = [
    (f"one good, {form}", conduct)
    for form in ("linear", "log-linear")
    for conduct in ("cournot", "stackelberg")
]
#: what bids and bargains ask of demand: that it says what is bought without an offer
BY_CHOICE = {"second score", "bargaining", "second-score bargaining"}
PAIRS = [
    (demand, conduct)
    for demand in (*DEMANDS, *MORE)
    for conduct in CONDUCTS
    if not (conduct in BY_CHOICE and demand in ("linear", *MORE))
    and not (conduct.startswith("second") and "ces" in demand)
] + ONE_GOOD

TABLE = pd.DataFrame(
    {
        "product_ids": ["a", "b", "c", "d", "e"],
        "firm_ids": ["A", "B", "B", "C", "D"],
        "nesting_ids": ["x", "x", "y", "y", "y"],
        "prices": [1.0, 1.2, 0.9, 1.4, 1.1],
        "shares": [0.15, 0.12, 0.1, 0.18, 0.09],
        "margins": [0.35, np.nan, 0.42, 0.3, np.nan],
    }
)
ALLOCATION = np.array([[1, 0], [0.5, 0.5], [0, 1], [0.2, 0.8], [0, 1]])


def market(demand, conduct, table=TABLE, allocation=ALLOCATION, parties=("A", "C"), **more):
    """A merger of A and C under a pair."""
    options = {"buyer_weight": 0.4} if "bargaining" in conduct else {}
    if demand.startswith("one good"):
        table = table.assign(prices=float(table["prices"].mean()), cost_elasticities=0.5)
        table = table.assign(quantities=table["shares"]).drop(columns="shares")
        options["leaders"] = ["B"] if conduct == "stackelberg" else []
    if demand == "overlapping nests":
        options["allocation"] = allocation
    if "nested" in demand or "overlap" in demand:
        options["rho"] = 0.4
    if "ces" in demand:
        table = table.rename(columns={"shares": "revenue_shares"})
    with warnings.catch_warnings():
        # No demand meets three margins at once; what is doubtful about that is not asked here.
        warnings.simplefilter("ignore", CalibrationWarning)
        return ir.merger(table, parties, demand=demand, conduct=conduct, **options, **more)


@pytest.fixture(scope="module")
def solved():
    """Each pair once."""
    return {pair: market(*pair) for pair in PAIRS}


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_the_market_as_it_is_comes_back(pair, solved):
    """Observed prices and shares are an equilibrium of the calibrated market."""
    m = solved[pair]
    model = m.simulation.model
    np.testing.assert_allclose(model.before.prices, model.prices, rtol=1e-9)
    shares = m.table.units if m.table.units is not None else m.table.money / m.table.prices
    np.testing.assert_allclose(m.offers["share_before"], shares / shares.sum(), rtol=1e-9)
    np.testing.assert_allclose(m.offers["margin_before"], m.fitted_margins, rtol=1e-8)


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_neither_order_nor_unit_matters(pair, solved):
    m, order = solved[pair], np.array([3, 1, 4, 0, 2])
    turned = TABLE.iloc[order].assign(prices=TABLE["prices"].iloc[order] * 83.0)
    other = market(*pair, turned, ALLOCATION[order])
    expected = m.offers["price_change"].iloc[order]
    np.testing.assert_allclose(other.offers["price_change"], expected, rtol=1e-6, atol=1e-10)
    # Of money spent harm is a part, of units money.
    by = 1.0 if "ces" in pair[0] or pair[0] == "aids" else 83.0
    harm, ours = (x.summary["compensating_variation"] for x in (other, m))
    np.testing.assert_allclose(harm, by * ours, rtol=1e-6)


@pytest.mark.parametrize("pair", [p for p in PAIRS if p[1] not in BY_CHOICE], ids="|".join)
def test_no_firm_gains_by_moving(pair, solved):
    """Best answers on a grid: of a price where prices are set, of a quantity where those are.

    Bids and bargains are not a firm's own choice of a price.
    """
    m = solved[pair]
    demand, conduct = pair
    s = m.simulation
    owner, after = s.ownership_after.sellers, s.after
    owner = np.where(s.is_party, -1, owner)
    for f in np.unique(owner):
        own = owner == f
        base = after.profits[own].sum()
        gained = [
            _profit(s.model, demand, conduct, after, own, move) - base
            for move in np.concatenate([-np.geomspace(1e-3, 0.3, 8), np.geomspace(1e-3, 0.5, 8)])
        ]
        assert max(gained) <= 1e-9 * abs(base)


def _profit(model, demand, conduct, at, own, move):
    """Profit of a firm's products, their prices, or outputs, moved by a fraction."""
    if demand.startswith("one good"):
        q = np.where(own, at.quantities * (1 + move), at.quantities)
        if conduct == "stackelberg" and own[model.leaders].any():
            return -np.inf  # Leaders see followers answer: tested by hand below.
        price = model.game.prices(q)
        c, d = model.game.costs, model.game.cost_slopes
        return float((q * (price - c) - d * q**2 / 2)[own].sum()) + _rents(model, at, own)
    if conduct == "bertrand":
        p = np.where(own, at.prices * (1 + move), at.prices)
        return float(((p - at.costs) * model.demand.at_prices(p).shares)[own].sum())
    # Prices that clear at the moved outputs.
    from scipy.optimize import root

    q = np.where(own, at.quantities * (1 + move), at.quantities)
    cleared = root(
        lambda p: model.demand.at_prices(p).shares / q - 1, at.prices, tol=1e-13, method="hybr"
    )
    if np.abs(cleared.fun).max() > 1e-8:
        return -np.inf
    return float(((cleared.x - at.costs) * q)[own].sum())


def _rents(model, at, own):
    """What profits at marginal costs leave out: costs rise along the way to the last unit."""
    return float((-(model.game.cost_slopes) * at.quantities**2 / 2)[own].sum())


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_equilibria_are_certified(pair, solved):
    """No firm gains by moving a price, an output or a bid, to anywhere; Nash products peak.

    Of log-linear demand a firm of two products may gain by giving one of them up: sales of it come
    to the other without bound.
    """
    before, after = solved[pair].certificates
    if pair[0] == "log-linear":
        assert after.residual.relative < 1e-10
        assert "gains" in after.refutation
        assert "gains" in str(solved[pair])
    else:
        assert after.is_equilibrium(), after.refutation
        assert before.is_equilibrium(), before.refutation
        assert "Not certified" not in str(solved[pair])


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_a_point_beside_an_equilibrium_is_refuted(pair, solved):
    """One price a thousandth off (and, of quantity setters, what is sold at it)."""
    s = solved[pair].simulation
    after = s.after
    if pair in ONE_GOOD:
        q = after.quantities * np.where(np.arange(5) == 0, 1.001, 1.0)
        p = s.model.game.prices(q)
        off = replace(after, quantities=q, prices=p, net=p, costs=s.model.game.marginal_costs(q))
    else:
        p = after.prices * np.where(np.arange(5) == 1, 1.001, 1.0)
        off = replace(after, prices=p, net=p)
    proof = s.model.certificate(s.ownership_after.owns, off, s.savings, s.sellers_after)
    assert not proof.is_equilibrium()
    assert proof.status == "no equilibrium"
    if not pair[1].startswith("second score"):
        assert proof.deviation.gain > 1e-9
        assert proof.deviation.firm in s.sellers_after


@pytest.mark.parametrize("pair", [p for p in PAIRS if p not in ONE_GOOD], ids="|".join)
def test_pass_through_is_that_of_costs(pair, solved):
    """Of an equilibrium solved again."""
    model = solved[pair].simulation.model
    h, J = 1e-5, len(model.prices)
    owns = model.ownership.owns
    moved = [
        (
            model.conduct.solve(model.demand, owns, model.costs + h * unit, model.prices).value
            - model.conduct.solve(model.demand, owns, model.costs - h * unit, model.prices).value
        )
        / (2 * h)
        for unit in np.eye(J)
    ]
    np.testing.assert_allclose(model.pass_through(), np.column_stack(moved), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "pair",
    [p for p in PAIRS if p[1] != "stackelberg" and not p[1].startswith("second")],
    ids="|".join,
)
def test_costs_lower_by_cmcr_leave_prices_as_they_are(pair, solved):
    """Not of auctions, where the best offer then is another, nor where some move first."""
    m = solved[pair]
    back = replace(m.simulation, savings=m.offers["CMCR"].to_numpy())
    np.testing.assert_allclose(back.rises, 0.0, atol=1e-8)


@pytest.mark.parametrize("pair", [p for p in PAIRS if p[1] != "stackelberg"], ids="|".join)
def test_consumers_lose_and_a_divestiture_undoes_it(pair, solved):
    m = solved[pair]
    if pair[0] != "log-linear":
        assert m.summary["compensating_variation"] > 0
    assert (m.offers["price_change"] > -1e-9).all()
    whole = m.single_divestitures()
    new = whole[(whole["to"] == "a new firm")]
    # A and C have one product each: selling either to somebody new is no merger at all.
    assert new["undoes"].all()
    assert (new["why_blank"] == "").all()
    np.testing.assert_allclose(new["largest_price_change"], 0.0, atol=1e-9)


def test_pairs_without_a_meaning_are_refused_by_name():
    for demand, conduct in (
        ("linear", "second score"),
        ("aids", "bargaining"),
        ("ces", "second score"),
    ):
        with pytest.raises(ir.InputError, match=r"Linear|AIDS|CES"):
            market(demand, conduct)
    with pytest.raises(ir.InputError, match="one good"):
        market("logit", "stackelberg")
