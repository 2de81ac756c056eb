"""Known equilibria: closed forms and reference numbers (sections L, T, V of the reference)."""

import numpy as np
import pytest
from scipy.special import lambertw

from inroads.choice import Logit, Nested
from inroads.conduct.bargaining import LinearPrice, NegotiatedTerms, TwoPartTariff
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.bertrand import markups, ownership
from inroads.conduct.equilibrium import solve
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes, integrated_stakes, vertical_stakes


def plain(delta, alpha, outside=0.0, model=None):
    """One type of consumer."""
    v = np.asarray(delta, dtype=float)[:, None]
    return PricedDemand(
        utility=v,
        alpha=np.array([alpha]),
        weights=np.ones(1),
        outside=outside,
        model=model or Logit(),
    )


def bertrand(buyers, owner, costs):
    owner = np.asarray(owner)
    retail = Retail(buyers, integrated_stakes(owner, np.asarray(costs, dtype=float)), owner)
    return solve(retail, start=np.asarray(costs) + 1.0).value


def bargained(buyers, manufacturers, shops, making, handling, power=0.5, how="offer", **kind):
    retail = Retail(buyers, vertical_stakes(manufacturers, shops, making, handling), shops)
    terms = NegotiatedTerms(
        links=make_links(manufacturers, shops, power, how), production_cost=making, **kind
    )
    return solve(retail, terms, start=making + handling + 1.0).value


def close(got, expected, relative=1e-10):
    np.testing.assert_allclose(got, expected, rtol=relative, atol=0)


# T: textbook


@pytest.mark.parametrize(
    ("firms", "price"),
    [
        (1, 2.278464542761074),
        (2, 2.226750644834348),
        (3, 2.1892307432749383),
        (5, 2.140297723250885),
        (10, 2.0836440042391975),
    ],
)
def test_symmetric_firms(firms, price):
    found = bertrand(plain(np.ones(firms), 1.0), np.arange(firms), np.ones(firms))
    close(found.prices, price)


def test_markups_of_single_and_multi_product_firms():
    delta, alpha, costs = [1.0, 0.3, -0.5, 0.8], 1.7, np.array([0.4, 0.7, 0.2, 0.9])
    for owner in ([0, 1, 2, 3], [0, 0, 1, 1], [2, 0, 2, 1]):
        found = bertrand(plain(delta, alpha), owner, costs)
        of_firm = np.array([found.shares[np.array(owner) == f].sum() for f in owner])
        close(found.prices - costs, 1 / (alpha * (1 - of_firm)))


def test_pass_through_of_a_single_product_is_one_minus_its_share():
    """Rivals' prices held; in equilibrium with a maker's wholesale price w in place of cost."""
    buyers = plain([1.2, 0.4], 0.9)
    stakes = vertical_stakes(np.array([2, 2]), np.array([0, 1]), np.zeros(2), np.zeros(2))
    w = np.array([0.3, 0.5])
    for held in (True, False):
        retail = Retail(buyers, stakes, np.array([0, -1 if held else 1]))
        p = solve_prices(retail, np.ones(2), w).value
        at = retail.conditions(p, w)
        rate = at.pass_through()[0, 0]
        if held:
            assert rate == pytest.approx(1 - at.choices.shares[0], abs=1e-12)
        else:
            assert rate > 1 - at.choices.shares[0]


def test_a_unit_tax_is_a_cost_whoever_pays_it():
    delta, alpha, tax = np.array([1.0, 0.4]), 1.3, 0.25
    owner, costs = np.array([0, 1]), np.array([0.6, 0.8])
    by_sellers = bertrand(plain(delta, alpha), owner, costs + tax)
    by_buyers = bertrand(plain(delta - alpha * tax, alpha), owner, costs)
    close(by_sellers.prices, by_buyers.prices + tax)
    stakes = integrated_stakes(owner, costs)
    levied = Retail(plain(delta, alpha), stakes.with_costs(tax * stakes.retail_price_share), owner)
    close(solve(levied, start=costs + 1).value.prices, by_sellers.prices)


def test_an_ad_valorem_tax_on_the_consumer_price_is_a_higher_cost():
    delta, alpha, rate, costs = np.array([1.0, 0.4]), 1.3, 0.2, np.array([0.6, 0.8])
    owner, whole = np.array([0, 1]), integrated_stakes(np.array([0, 1]), costs)
    stakes = Stakes(
        retail_price_share=(1 - rate) * whole.retail_price_share,
        wholesale_share=whole.wholesale_share,
        cost=whole.cost,
    )
    taxed = solve(Retail(plain(delta, alpha), stakes, owner), start=costs + 1).value
    dear = bertrand(plain(delta, alpha), owner, costs / (1 - rate))
    close(taxed.prices, dear.prices)
    close(taxed.profits, (1 - rate) * dear.profits)


# L: Bertrand, plain and nested, before and after a merger

L = {"alpha": 0.9, "delta": [0.81, 0.93, 0.82], "costs": [0.05, 0.31, 0.30]}
NESTS = {"none": None, "two": Nested([0, 0, 1], 0.2), "one": Nested([0, 0, 0], 0.2)}


@pytest.mark.parametrize(
    ("nests", "owner", "prices", "shares"),
    [
        (
            "none",
            [0, 1, 2],
            [1.48236325826, 1.709577396826, 1.673101606382],
            [0.224281197731, 0.206109563051, 0.19080197274],
        ),
        (
            "none",
            [0, 0, 2],
            [1.793080820484, 2.053080820484, 1.705424907579],
            [0.191601276736, 0.170957763525, 0.209412680023],
        ),
        (
            "two",
            [0, 1, 2],
            [1.298478861276, 1.514953172634, 1.669522703609],
            [0.229186502671, 0.208721847833, 0.188687337433],
        ),
        ("two", [0, 0, 2], [1.740034911606, 2.000034911606, 1.714963789564], None),
        (
            "one",
            [0, 1, 2],
            [1.243616472316, 1.465887635318, 1.42597567965],
            [0.227532142801, 0.205868261528, 0.187661049461],
        ),
        ("one", [0, 0, 2], [1.559196539533, 1.819196539533, 1.476679451907], None),
    ],
)
def test_a_merger_in_plain_and_nested_logit(nests, owner, prices, shares):
    buyers = plain(L["delta"], L["alpha"], model=NESTS[nests])
    found = bertrand(buyers, owner, L["costs"])
    close(found.prices, prices, 1e-11)
    if shares is not None:
        close(found.shares, shares, 1e-11)
    # The margins that estimation recovers are those of the equilibrium.
    D, owner = found.conditions.choices.jacobian, np.asarray(owner)
    close(found.prices - markups(D, found.shares, ownership(owner)), L["costs"])


def test_what_the_merger_costs_consumers():
    before = bertrand(plain(L["delta"], L["alpha"]), [0, 1, 2], L["costs"])
    after = bertrand(plain(L["delta"], L["alpha"]), [0, 0, 2], L["costs"])
    close(after.surplus - before.surplus, -0.13573524831663408)


# V1: three shops, two manufacturers

MAKERS, SHOPS = np.array([0, 1, 0, 1, 0, 1]), np.array([2, 2, 3, 3, 4, 4])
MERGERS = {
    "none": (MAKERS, SHOPS),
    "vertical": (MAKERS, np.array([0, 0, 3, 3, 4, 4])),
    "upstream": (np.zeros(6, dtype=int), SHOPS),
    "downstream": (MAKERS, np.array([2, 2, 2, 2, 4, 4])),
}


def v1(merger, **kind):
    buyers = plain([0.2, 0.3, 0.9, 1.0, 0.8, 0.9], 0.9)
    manufacturers, shops = MERGERS[merger]
    return bargained(buyers, manufacturers, shops, np.full(6, 0.2), np.full(6, 0.1), **kind)


V1 = {
    ("simultaneous", LinearPrice(), "none"): (
        [1.613695741366, 1.643529509286] * 3,
        [
            *(2.947287753202, 2.977121521122, 3.067723030222),
            *(3.097556798142, 3.045370809192, 3.075204577112),
        ],
    ),
    ("simultaneous", LinearPrice(), "vertical"): (
        [0.2, 1.614640637116, *[1.775944345284, 1.614640637116] * 2],
        [
            *(1.875944345284, 3.2905849824, 3.206428626951),
            *(3.045124918783, 3.186127969843, 3.024824261674),
        ],
    ),
    ("simultaneous", LinearPrice(), "upstream"): (
        [1.980535373172] * 6,
        np.repeat([3.29209260987, 3.391777745401, 3.373177566312], 2),
    ),
    ("simultaneous", LinearPrice(), "downstream"): (
        [1.596215839255, 1.62450331356] * 3,
        [*[3.180672216804, 3.208959691109] * 2, 3.039266716846, 3.067554191151],
    ),
    ("sequential", LinearPrice(), "none"): (
        [
            *(0.946760826645, 0.96929941933, 0.957738873077),
            *(0.981795797909, 0.955547308668, 0.979310764166),
        ],
        [
            *(2.328143507279, 2.350682099964, 2.499292287877),
            *(2.523349212709, 2.468026871822, 2.491790327321),
        ],
    ),
    ("sequential", TwoPartTariff(), "none"): (
        [
            *(0.261596169966, 0.265045825288, 0.263567536394),
            *(0.267366476695, 0.265899024736, 0.269680783132),
        ],
        [
            *(1.694011645933, 1.697461301255, 1.901389950106),
            *(1.905188890407, 1.865849702485, 1.869631460881),
        ],
    ),
    ("sequential", LinearPrice(), "vertical"): (
        [0.2, 0.951072508357, 1.154666501907, 0.977807798586, 1.155388198375, 0.974993053401],
        [
            *(1.824158774937, 2.575231283294, 2.672963344039),
            *(2.496104640717, 2.646212798951, 2.465817653978),
        ],
    ),
    ("sequential", TwoPartTariff(), "vertical"): (
        [0.2, 0.251083863669, 0.585170671092, 0.273993602528, 0.587816634925, 0.274884783777],
        [
            *(1.73220006908, 1.783283932749, 2.19901377721),
            *(1.887836708646, 2.165839093123, 1.852907241975),
        ],
    ),
}


@pytest.mark.parametrize(("timing", "contract", "merger"), V1)
def test_chain_of_three_shops_and_two_manufacturers(timing, contract, merger):
    found = v1(merger, timing=timing, contract=contract)
    w, p = V1[timing, contract, merger]
    # Numbers are printed to twelve digits after the point.
    np.testing.assert_allclose(found.wholesale, w, rtol=1e-10, atol=6e-13)
    np.testing.assert_allclose(found.prices, p, rtol=1e-10, atol=6e-13)
    assert found.certificate.is_equilibrium()


def test_shares_and_relative_changes_of_the_vertical_merger():
    before, after = v1("none"), v1("vertical")
    close(
        before.shares,
        [
            *(0.047829096274, 0.05145891755, 0.086422012154),
            *(0.092980707233, 0.079786906543, 0.085842053586),
        ],
        2e-11,
    )
    close(
        after.shares,
        [
            *(0.119037463113, 0.036828120089, 0.072385239634),
            *(0.092496956705, 0.066704538731, 0.085237914004),
        ],
        2e-11,
    )
    change = after.prices / before.prices - 1
    expected = [
        *(-0.363501462236, 0.105290784758, 0.045214511011),
        *(-0.016926850023, 0.046220040012, -0.016382752488),
    ]
    np.testing.assert_allclose(change, expected, atol=6e-13)


# V2: two shops, two manufacturers; power as the package that published the example found it

V2_POWER = 0.499999609345
V2 = {
    "up": (
        [79.407771838778, 75.553681838778, 109.220230164735, 105.366150164735],
        [76.24813166325, 79.97333166325] * 2,
    ),
    "down": ([92.289618919374, 80.513363144543, 108.540378919374, 96.764133144543], None),
    "vertical": ([54.818254832532, 64.964879564532, 97.647799261246, 79.705424315819], None),
}


@pytest.mark.parametrize("merger", V2)
def test_a_published_example_of_mergers_in_a_chain(merger):
    s = np.array([0.1293482, 0.1422541, 0.4631014, 0.2152962])
    p = np.array([63.08158, 50.70465, 95.82960, 83.45267])
    w = np.array([58.109, 53.31135] * 2)
    down, up = np.array([13.04232, 13.04233, 29.53958, 29.53958]), np.array([23.31, 14.78715] * 2)
    alpha = 0.105263206079
    buyers = plain(np.log(s / (1 - s.sum())) + alpha * p, alpha)
    U, D = np.array([0, 1, 0, 1]), np.array([2, 2, 3, 3])
    manufacturers, shops = {
        "up": (0 * U, D),
        "down": (U, 0 * D + 2),
        "vertical": (U, np.array([0, 0, 3, 3])),
    }[merger]
    found = bargained(buyers, manufacturers, shops, w - up, p - w - down, V2_POWER)
    prices, wholesale = V2[merger]
    close(found.prices, prices, 1e-12)
    if wholesale is not None:
        close(found.wholesale, wholesale, 1e-12)


# V4: bilateral monopoly


def bilateral(power, **kind):
    one = np.array([0])
    return bargained(
        plain([2.0], 0.9), one, one + 1, np.array([0.2]), np.array([0.1]), power, **kind
    )


def test_the_integrated_monopolist():
    found = bertrand(plain([2.0], 0.9), [0], [0.3])
    W = lambertw(np.exp(2 - 0.9 * 0.3 - 1)).real
    close(found.prices[0], 0.3 + (1 + W) / 0.9)
    close(found.prices[0], 2.37739635550968)
    close(found.prices[0] - 0.3, 2.07739635550968)
    close(found.shares[0], 0.46514245672751997)
    one = np.array([0])
    at = bargained(
        plain([2.0], 0.9), one, one + 1, one + 0.2, one + 0.1, contract=TwoPartTariff()
    ).conditions
    close(at.pass_through()[0, 0], 0.53485754327248)


@pytest.mark.parametrize(
    ("power", "price", "share", "shop", "manufacturer"),
    [
        (0.25, 5.08300569689121, 0.07078420430626262, 1.1957514242228025, 3.5872542726684076),
        (0.5, 3.337022358943864, 0.2682891465458266, 1.5185111794719321, 1.5185111794719321),
        (0.75, 2.724327569744882, 0.38891035189713197, 1.8182456773086617, 0.6060818924362205),
    ],
)
def test_simultaneous_bilateral_monopoly(power, price, share, shop, manufacturer):
    found = bilateral(power)
    close(found.prices[0], price)
    close(found.shares[0], share)
    close(found.prices[0] - found.wholesale[0] - 0.1, shop)
    close(found.wholesale[0] - 0.2, manufacturer)


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_a_shop_with_all_the_power_prices_as_if_integrated(timing):
    found = bilateral(1.0, timing=timing)
    close(found.prices[0], 2.37739635550968)
    close(found.wholesale[0], 0.2)


@pytest.mark.parametrize(
    ("power", "wholesale", "price"),
    [
        (0.0, 2.05463023741, 3.590144175501),
        (0.25, 1.653795463752, 3.289940609154),
        (0.5, 1.20564570536, 2.979030362577),
        (0.75, 0.715147973915, 2.669297633019),
    ],
)
def test_sequential_bilateral_monopoly(power, wholesale, price):
    found = bilateral(power, timing="sequential")
    # The first row was found as the limit of small weights.
    tolerance = 2e-9 if power == 0 else 2e-12
    close(found.wholesale[0], wholesale, tolerance)
    close(found.prices[0], price, tolerance)
    if power == 0:
        # The best take-it-or-leave-it price: w - c = (1 + x)^2 / alpha, s = x / (1 + x).
        x = lambertw(np.exp(2 - 0.9 * (found.wholesale[0] + 0.1) - 1)).real
        close(found.wholesale[0] - 0.2, (1 + x) ** 2 / 0.9)


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
@pytest.mark.parametrize("power", [0.2, 0.7])
def test_two_part_tariffs_sell_at_cost_and_split_the_rest(timing, power):
    found = bilateral(power, timing=timing, contract=TwoPartTariff())
    close(found.wholesale[0], 0.2)
    close(found.prices[0], 2.37739635550968)
    joint = found.shares[0] * (found.prices[0] - 0.3)
    close(found.fixed_fees[0], (1 - power) * joint)
    close(found.profits, [(1 - power) * joint, power * joint])


class Uniform:
    """One offer, valuations spread evenly: demand is linear in price."""

    def evaluate(self, utility, outside=0.0):
        u = np.asarray(utility)
        P = np.clip(np.where(np.isneginf(u), 0.0, u), 0.0, 1.0)
        return P, P.sum(axis=-2) ** 2 / 2

    def kernel(self, P, c):
        return (np.where(P > 0, 1.0, 0.0) * (c if c.ndim == P.ndim else c[..., None, :])).sum(
            axis=-1, keepdims=True
        )

    def own_slope(self, P, c):
        return self.kernel(P, c)[..., 0]

    def along(self, P, du):
        return np.where(P > 0, du, 0.0)

    def kernel_along(self, P, c, du, left=None, rows=slice(None)):
        return np.zeros((*P.shape[:-2], 1, 1))

    def kernel_along_own(self, P, c, stakes, left=None):
        return np.zeros((*P.shape[:-2], 1, 1))


@pytest.mark.parametrize("power", [0.3, 0.5, 0.8])
def test_linear_demand(power):
    """With A the choke price less handling: sequential w - c = (1 - lambda)(A - c)/2, simultaneous
    (1 - lambda)/(1 + lambda) (A - c), and cost under two-part tariffs."""
    one = np.array([0])
    choke, making, handling = 0.9, np.array([0.2]), np.array([0.1])
    A = choke - handling[0]
    buyers = PricedDemand(
        utility=np.full((1, 1), choke),
        alpha=np.ones(1),
        weights=np.ones(1),
        outside=0.0,
        model=Uniform(),
    )
    retail = Retail(buyers, vertical_stakes(one, one + 1, making, handling), one + 1)
    expected = {
        ("sequential", LinearPrice()): (1 - power) * (A - 0.2) / 2,
        ("simultaneous", LinearPrice()): (1 - power) / (1 + power) * (A - 0.2),
        ("sequential", TwoPartTariff()): 0.0,
        ("simultaneous", TwoPartTariff()): 0.0,
    }
    for (timing, contract), margin in expected.items():
        terms = NegotiatedTerms(
            links=make_links(one, one + 1, power, "offer"),
            production_cost=making,
            timing=timing,
            contract=contract,
        )
        found = solve(retail, terms, start=np.array([0.6])).value
        assert found.wholesale[0] - 0.2 == pytest.approx(margin, abs=1e-11)
        assert found.prices[0] == pytest.approx((choke + 0.1 + found.wholesale[0]) / 2, abs=1e-11)


# V5: signs and invariances


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
@pytest.mark.parametrize("how", ["offer", "pair"])
def test_fees_split_each_links_surplus(timing, how):
    found = v1("none", timing=timing, contract=TwoPartTariff(), how=how, power=0.3)
    np.testing.assert_allclose(found.gains.manufacturer, 0.7 * found.gains.joint, rtol=1e-10)
    assert (found.gains.joint > 0).all()
    paid = found.profits[:2].sum() + found.profits[2:].sum()
    assert paid == pytest.approx(found.conditions.profits.sum(), rel=1e-12)


def test_an_upstream_merger_under_bundled_contracts_moves_fees_only():
    """O'Brien and Shaffer (2005): retail prices stay, the merged maker is paid more."""
    before, after = (v1(m, contract=TwoPartTariff(), how="pair") for m in ("none", "upstream"))
    close(after.prices, before.prices)
    close(after.wholesale, 0.2)
    assert len(after.fixed_fees) == 3
    assert after.fixed_fees.sum() > before.fixed_fees.sum() + 1e-3


@pytest.mark.parametrize("timing", ["simultaneous", "sequential"])
def test_double_margins_go_and_rivals_costs_rise(timing):
    before, after = (v1(m, timing=timing) for m in ("none", "vertical"))
    change = after.prices / before.prices - 1
    assert change[0] < -0.2
    assert (change[[1, 2, 4]] > 0.04).all()
    assert (change[[3, 5]] < -0.005).all()
    assert (after.wholesale[[2, 4]] > before.wholesale[[2, 4]] + 0.1).all()


def test_the_contract_turns_the_rivals_response_around():
    """The independent maker's terms: lower under linear prices, higher under two-part tariffs."""
    change = {
        contract: v1("vertical", timing="sequential", contract=contract).wholesale[3]
        - v1("none", timing="sequential", contract=contract).wholesale[3]
        for contract in (LinearPrice(), TwoPartTariff())
    }
    assert change[LinearPrice()] == pytest.approx(0.977807798586 - 0.981795797909, abs=1e-10)
    assert change[TwoPartTariff()] == pytest.approx(0.273993602528 - 0.267366476695, abs=1e-10)
    assert change[LinearPrice()] < 0 < change[TwoPartTariff()]
