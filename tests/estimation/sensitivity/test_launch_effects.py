"""Launches in markets of an estimate that absorbed effects: whose effects a newcomer has."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.estimation.inference.delta_method import drawn_parameters
from tests.estimation.cereals import estimated, products

#: market and product that is copied
HERE, ORIGINAL = "C01Q1", "F1B06"


@cache
def fitted(absorb, linear="0 + prices"):
    """Logit; nobody's sugar in `linear`."""
    rows = products()
    if absorb == "product_ids + market_ids":
        # One product is missing from one market.
        rows = rows[(rows["market_ids"] != HERE) | (rows["product_ids"] != ORIGINAL)]
    return ir.estimate(ir.Demand(linear, absorb=absorb), ir.read_panel(rows))


def copy(fit, xi=0.0, **given):
    """The original launched once more, by its characteristics."""
    row = products()[products()["product_ids"] == ORIGINAL].iloc[0]
    market = fit.market(HERE, below_zero=True)
    offers = market.offers
    maker = offers["manufacturer"].get(ORIGINAL, "1")
    characteristics = {n: row[n] for n in market.consumers.formulas.names}
    return ir.Launch(
        "copy",
        manufacturer=maker,
        price=float(row["prices"]),
        production_cost=float(offers["retail_cost"].get(ORIGINAL, 0.05)),
        xi=xi,
        characteristics=characteristics | given.pop("ids", {}),
        **given,
    )


def xi_of_original(fit):
    rows = fit.panel.products
    return float(fit.xi[(rows["market_ids"] == HERE) & (rows["product_ids"] == ORIGINAL)].item())


def test_a_copy_with_its_effect_has_the_shares_of_the_original():
    fit = estimated()
    market = fit.market(HERE, below_zero=True)
    xi = xi_of_original(fit)
    for given in (
        {"ids": {"product_ids": ORIGINAL}},
        {"effect": float(fit.project("1 + sugar").effects[ORIGINAL])},
    ):
        after = market.after(copy(fit, xi, **given), ir.Withdraw(offer=ORIGINAL))
        np.testing.assert_allclose(
            after.consumers.utility[-1],
            market.consumers.utility[market.offers.index.get_loc(ORIGINAL)],
            rtol=1e-9,
        )
        solved = after.solve(certificate=False)
        shares = market.solve(certificate=False).shares
        expected = shares.rename({ORIGINAL: "copy"})[solved.shares.index]
        np.testing.assert_allclose(solved.shares, expected, rtol=1e-8)


def test_what_characteristics_say_of_effects():
    """fit.project gives the effect; at other parameters it is projected again."""
    fit = estimated()
    projected = fit.project("1 + sugar")
    row = products()[products()["product_ids"] == ORIGINAL].iloc[0]
    promised = projected.params["1"] + projected.params["sugar"] * row["sugar"]
    assert projected.effect_of({"sugar": row["sugar"]}) == pytest.approx(promised, rel=1e-12)
    np.testing.assert_allclose(projected.weights @ projected.effects, projected.params, rtol=1e-7)
    utility = (
        fit.market(HERE, below_zero=True).after(copy(fit, effect=projected)).consumers.utility[-1]
    )
    by_number = (
        fit.market(HERE, below_zero=True).after(copy(fit, effect=promised)).consumers.utility[-1]
    )
    np.testing.assert_allclose(utility, by_number, rtol=1e-8)
    # A taste for prices that is larger raises what else there must be of every product.
    logit = fitted("product_ids")
    own = logit.project("1 + sugar")
    moved = ir.known_demand(
        logit.demand, logit.panel, {"prices": 1.1 * logit.params["prices"]}
    ).fitted.absorbed_effects.by_id
    again = own.weights @ moved[list(own.effects.index)].to_numpy()
    mean = logit.panel.products.groupby("product_ids")["prices"].mean()[own.effects.index]
    rise = own.weights @ (-0.1 * logit.params["prices"] * mean.to_numpy())
    np.testing.assert_allclose(again - own.params, rise, rtol=1e-8)
    assert own.effect_of({"sugar": 3.0}, moved) == pytest.approx(again @ [1, 3.0], rel=1e-9)


def test_effects_of_the_market_and_of_the_maker_are_known():
    for absorb, name in (("market_ids", HERE), ("firm_ids", "1"), ("C(firm_ids)", "1")):
        fit = fitted(absorb)
        rows = fit.panel.products
        column = absorb.removeprefix("C(").removesuffix(")")
        effects = fit.delta - fit.xi - rows["prices"] * fit.params["prices"]
        expected = effects[rows[column].astype(str) == name].iloc[0]
        found = fit.market(HERE, below_zero=True).after(copy(fit)).consumers.utility[-1]
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_effects_add_up_where_the_panel_connects_them():
    """A product in a market without it: its effect and the market's, from a regression by hand."""
    fit = fitted("product_ids + market_ids")
    rows = fit.panel.products
    left = (fit.delta - fit.xi - rows["prices"] * fit.params["prices"]).to_numpy()
    dummies = pd.get_dummies(rows[["product_ids", "market_ids"]], dtype=float)
    beta = pd.Series(np.linalg.lstsq(dummies.to_numpy(), left, rcond=None)[0], dummies.columns)
    expected = beta[f"product_ids_{ORIGINAL}"] + beta[f"market_ids_{HERE}"]
    launch = copy(fit, ids={"product_ids": ORIGINAL}, xi=0.2)
    found = fit.market(HERE, below_zero=True).after(launch).consumers.utility[-1]
    np.testing.assert_allclose(found, expected + 0.2, rtol=1e-8)
    absent = products()[products()["product_ids"] == ORIGINAL].head(1)
    predicted = fit.predict(absent)["mean_utility"].item()
    price = absent["prices"].item() * fit.params["prices"]
    assert predicted == pytest.approx(expected + price, rel=1e-8)


def test_what_nothing_says_is_refused():
    fit, both = estimated(), fitted("product_ids + market_ids")
    apart = replace(
        both.fitted.absorbed_effects,
        sums=pd.Series(
            [0.0, 1.0], pd.MultiIndex.from_tuples([("a", "x"), ("b", "y")], names=["p", "m"])
        ),
        names=("p", "m"),
    )
    plain = fitted(None, "1 + prices")
    for call, message in (
        (
            lambda: fit.market(HERE, below_zero=True).after(copy(fit)),
            "found copy; expected products whose effects",
        ),
        (lambda: both.market(HERE, below_zero=True).after(copy(both, effect=1.0)), "the sum of 2"),
        (
            lambda: plain.market(HERE, below_zero=True).after(copy(plain, effect=1.0)),
            "absorbed none",
        ),
        (lambda: apart.of(pd.DataFrame({"p": ["a"], "m": ["y"]})), "nothing in the panel connects"),
        (lambda: ir.launch_outcomes(fit, HERE, copy(fit)), "found copy"),
        (
            lambda: fit.market(HERE, below_zero=True).after(copy(fit, ids={"horses": 1})),
            "characteristics in formul",
        ),
        (
            lambda: fit.market(HERE, below_zero=True).after(
                replace(copy(fit), characteristics=None, utility=[0.0])
            ),
            "utility of 20 agents",
        ),
    ):
        with pytest.raises(ir.InputError, match=message):
            call()


def test_effects_follow_parameters_that_are_drawn():
    """Beside a projection xi is what it leaves of products, unless given."""
    logit = fitted("product_ids")
    projected = logit.project("1 + sugar")
    launch = copy(logit, effect=projected, ids={"sugar": 8.0})
    held = ir.launch_outcomes(logit, HERE, launch, draws=5, parameters=False)
    rows = logit.panel.products
    left = logit.xi + projected.residuals[rows["product_ids"]].to_numpy()
    assert all(np.abs(left - xi).min() < 1e-12 for xi in held.draws["xi"])
    drawn = ir.launch_outcomes(logit, HERE, launch, xi=0.0, draws=4, seed=1)
    # The same parameters, and what the projection says at them, by hand.
    rng = np.random.default_rng(1)
    rng.permutation(rng.uniform(size=4))
    points = drawn_parameters(logit, 4, rng)
    for point, share in zip(points[:, 0], drawn.draws["share"], strict=True):
        known = ir.known_demand(logit.demand, logit.panel, {"prices": point})
        effects = (known.delta - point * rows["prices"]).groupby(rows["product_ids"]).mean()
        beta = projected.weights @ effects[projected.effects.index]
        there = replace(launch, effect=float(beta @ [1, 8.0]), characteristics={})
        after = known.market(HERE, below_zero=True).after(there).solve(certificate=False)
        assert share == pytest.approx(after.shares["copy"], rel=1e-8)
