"""The strategic part of the shipped study: terms, networks, politics, what it hangs on."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest

from inroads.report.page import render
from inroads.report.phrases import ranked_sales_swings, reach, swing_words
from inroads.report.section import Section
from inroads.report.sections import networks, sensitivity
from inroads.results.base import Certificate, Deal, Record
from inroads.results.firms import Firms
from inroads.results.interventions import InterventionKind, LeverKind
from inroads.results.negotiations import Negotiation, NegotiationResults, TermsAtEnd, TermsVariant
from inroads.study.load import Study
from inroads.study.results import Run

PAIRS = [
    (manufacturer, carrier)
    for manufacturer in ("Huawei", "Xiaomi")
    for carrier in ("AT&T", "Verizon", "T-Mobile", "Sprint")
]


@pytest.fixture(scope="session")
def found(us_results: Run) -> NegotiationResults:
    assert us_results.results.negotiations is not None
    return us_results.results.negotiations


@pytest.fixture(scope="session")
def firms(us_results: Run) -> Firms:
    assert us_results.results.firms is not None
    return us_results.results.firms


def proofs(part: Any) -> Iterator[Certificate]:
    """Every certificate in the results."""
    if isinstance(part, Certificate):
        yield part
    elif isinstance(part, Record):
        for _, value in part:
            yield from proofs(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from proofs(value)


def negotiation(found: NegotiationResults, manufacturer: str, carrier: str) -> Negotiation:
    return next(
        n for n in found.negotiations if (n.manufacturer, n.channel) == (manufacturer, carrier)
    )


def title(section: Section | None, name: str) -> str:
    assert section is not None
    return next(figure.title for figure in section.charts if figure.name == name)


# What results hold ------------------------------------------------------------------------------


def test_everything_is_there(found: NegotiationResults) -> None:
    for name, part in found:
        assert part, name
    assert [(n.manufacturer, n.channel) for n in found.negotiations] == PAIRS
    assert [(p.manufacturer, p.channel) for p in found.prospects] == PAIRS
    assert len(found.networks.networks) == 2 ** len(found.networks.deals) == 16


def test_with_firms_the_data_are_an_equilibrium(firms: Firms) -> None:
    """Solved from prices a tenth away, the industry returns to list prices and shares."""
    assert firms.baseline.price_gap <= 1e-8
    assert firms.baseline.share_gap <= 1e-8
    assert firms.margin_target is None
    for channel in firms.channels:
        assert channel.margin == pytest.approx(channel.margin_target, abs=1e-10)
        # What prices imply that carriers count of a subscriber is near what its accounts say.
        assert 0.4 < channel.scale < 1.2


def test_costs_are_on_one_basis(found: NegotiationResults, firms: Firms) -> None:
    assert firms.wholesale == "by product"
    assert found.costs is not None
    one, other = found.costs.bases
    assert (one.wholesale, other.wholesale) == ("by product", "by channel")
    assert one.above_open_price == one.below_materials == ()
    assert other.above_open_price
    for m in firms.materials:
        assert m.low == pytest.approx(m.high, rel=1e-12)
        assert m.bill < m.low
    # An entrant's flagship is given off list prices as others are: dearer for the carrier.
    assert one.entrant_to_list > other.entrant_to_list
    for deal in found.costs.deals:
        if deal.wholesale == "by product":
            same = (deal.manufacturer, deal.as_good_as)
            apart = next(
                d
                for d in found.costs.deals
                if d.wholesale == "by channel" and (d.manufacturer, d.as_good_as) == same
            )
            assert deal.units < apart.units
            assert deal.manufacturer_gain < apart.manufacturer_gain


def test_every_equilibrium_is_certified(found: NegotiationResults, firms: Firms) -> None:
    every = [*proofs(found), *proofs(firms)]
    # Talks, the same under other terms, networks, politics, levers, sensitivities, the baseline.
    assert len(every) > 90
    assert max(p.curvature for p in every) < 0
    assert max(p.best_deviation for p in every) <= 1e-9
    assert max(p.residual for p in every) <= 1e-11
    for name in ("negotiations", "entrants", "full_range", "terms", "interventions", "levers",
                 "swings"):  # fmt: skip
        assert all(any(True for _ in proofs(row)) for row in getattr(found, name)), name
    assert all(any(True for _ in proofs(row)) for row in found.networks.networks)


# Terms ------------------------------------------------------------------------------------------


def test_gains_share_out_the_joint_surplus(found: NegotiationResults, firms: Firms) -> None:
    terms = [case.negotiation for case in found.terms]
    for n in [*found.negotiations, *found.full_range, *terms]:
        assert n.manufacturer_gain + n.channel_gain == pytest.approx(n.joint_surplus, rel=1e-9)
        if not n.fixed_fee:
            low, high = n.lowest_wholesale_price, n.highest_wholesale_price
            assert (n.wholesale_price - low) * n.units == pytest.approx(n.manufacturer_gain)
            assert (high - n.wholesale_price) * n.units == pytest.approx(n.channel_gain)
    # Entrants have less weight of their own than present makers.
    weight = found.terms[0].channel_weight
    assert weight == 0.72 > firms.channel_weight.central
    for n in [*found.negotiations, *found.full_range]:
        # Linear prices, retail prices held: the channel's part is its weight.
        assert n.channel_gain / n.joint_surplus == pytest.approx(weight, rel=1e-6)


def test_other_terms(found: NegotiationResults) -> None:
    rows = {case.variant: case.negotiation for case in found.terms}
    assert set(rows) == set(TermsVariant)
    as_is = rows[TermsVariant.CENTRAL]
    weak, strong = rows[TermsVariant.LOW_WEIGHT], rows[TermsVariant.HIGH_WEIGHT]
    assert weak.wholesale_price > as_is.wholesale_price > strong.wholesale_price
    assert weak.channel_gain < as_is.channel_gain < strong.channel_gain
    fee = rows[TermsVariant.TWO_PART]
    assert fee.wholesale_price == pytest.approx(fee.production_cost)
    assert fee.fixed_fee > 0
    # No markup on a markup: cheaper, more units, more to share.
    assert fee.retail_price < as_is.retail_price
    assert fee.units > as_is.units
    assert fee.joint_surplus > as_is.joint_surplus


def test_mid_range_products_add_to_a_deal(found: NegotiationResults) -> None:
    for both in found.full_range:
        main_products = negotiation(found, both.manufacturer, both.channel)
        assert both.units > main_products.units
        assert both.units_without_deal > main_products.units_without_deal
        assert both.joint_surplus > main_products.joint_surplus
        assert both.consumer_surplus_change > main_products.consumer_surplus_change
        assert both.retail_price < main_products.retail_price


def test_the_headline_is_the_lever_not_pulled(found: NegotiationResults) -> None:
    rows = {e.manufacturer: e for e in found.entrants}
    as_is = next(row for row in found.levers if row.kind == LeverKind.NONE)
    for key in ("units", "units_without_deals", "multiple", "manufacturer_gain"):
        assert getattr(as_is, key) == pytest.approx(getattr(rows["Huawei"], key), rel=1e-12)
    for row in found.interventions:
        assert row.units_before == pytest.approx(rows[row.manufacturer].units, rel=1e-12)


def test_what_entrants_gain_others_lose(found: NegotiationResults) -> None:
    for e in found.entrants:
        gain = e.units - e.units_without_deals
        lost = sum(e.rival_units_change.values())
        assert gain + lost == pytest.approx(e.market_units_change, abs=1.0)
        # Carriers that raise prices may send a few to the cheapest outside.
        assert all(change < 0.005 * e.units for change in e.rival_units_change.values())
        assert sum(change > 0 for change in e.rival_units_change.values()) <= 1
        assert e.units_low < e.units < e.units_high
        for channel, response in e.channel_responses.items():
            assert (response.profit_change > 0) == (channel in e.partners)


def test_carriers_prices_add_to_the_sales_at_list_prices(
    found: NegotiationResults, us_results: Run
) -> None:
    listed = {s.name: s for s in us_results.results.scenarios}
    for e in found.entrants:
        at_list = listed[f"{e.manufacturer.lower()}-with-att-and-verizon"].entrants[e.manufacturer]
        assert at_list.units < e.units
        assert at_list.multiple is not None
        # Prices in the open channel stand: without partners the two are nearly one number.
        before = at_list.units / at_list.multiple
        own = next(c.own_dollars for c in found.campaigns if c.manufacturer == e.manufacturer)
        if own:  # a campaign of its own, which scenarios at list prices have not
            assert before < e.units_without_deals < 1.5 * before
        else:
            assert before == pytest.approx(e.units_without_deals, rel=2e-3)


# Networks ---------------------------------------------------------------------------------------


def test_stable_networks_are_those_that_nobody_leaves(found: NegotiationResults) -> None:
    """By the definition, from profits of all networks."""
    nets = found.networks
    rows = {frozenset(row.deals): row for row in nets.networks}

    def holds(deals: frozenset[Deal]) -> bool:
        now = rows[deals].profits
        for deal in nets.deals:
            other = rows[deals ^ {deal}].profits
            firms = (deal.manufacturer, deal.channel)
            gains = [other[f] - now[f] > 1e-9 * abs(now[f]) for f in firms]
            if any(gains) if deal in deals else all(gains):
                return False
        return True

    assert [set(d) for d in rows if holds(d)] == [set(d) for d in nets.stable]
    for row in nets.networks:
        assert (row.blocked_by is None) == (row.deals in nets.stable)
        if row.blocked_by and row.blocked_by.kind == "form":
            assert row.blocked_by.deal not in row.deals


def test_deals_are_substitutes(found: NegotiationResults, us_results: Run) -> None:
    for e in found.networks.effects:
        # Not where they share no carrier: there is next to nothing between two makers there, and of
        # one maker the campaign of the second carrier also serves the first.
        shared = e.deal.channel == e.beside.channel
        assert 0 < e.gain_together < (1.0 if shared else 1.15) * e.gain_alone
        if shared:
            assert e.gain_together < 0.95 * e.gain_alone
    assert "percent off" in title(networks.section(us_results.results), "effects")


def test_a_deal_brings_no_more_than_it_says(found: NegotiationResults) -> None:
    """Without a deal with a carrier of another network, products do not work there."""
    rows = {frozenset(row.deals): row for row in found.networks.networks}
    none = rows[frozenset()].profits["Huawei"]
    # The other entrant, on sale unlocked, takes little.
    disagreement = negotiation(found, "Huawei", "AT&T").manufacturer_disagreement_profit
    assert none == pytest.approx(disagreement, rel=0.05)


# Politics and levers ----------------------------------------------------------------------------


def test_politics(found: NegotiationResults, us: Study) -> None:
    talks = us.config.negotiations
    assert talks is not None
    rate = us.at(us.as_of).facts.resolve(talks.tariff, "a test").value
    for row in found.interventions:
        assert row.units < row.units_before
        assert row.manufacturer_profit_change < 0
        assert row.consumer_surplus_change < 0
        profits = row.manufacturer_profit_change + row.rivals_profit_change
        profits += row.channels_profit_change
        together = profits + row.consumer_surplus_change + row.tariff_revenue
        assert row.welfare_change == pytest.approx(together, rel=1e-9)
        if row.tariff:
            assert row.tariff.rate == rate
            assert row.manufacturer in row.tariff.manufacturers
            assert row.tariff_revenue > 0
        else:
            assert row.tariff_revenue == 0
    rows = {
        (row.manufacturer, row.kind): row for row in found.interventions if row.withdrawn != "AT&T"
    }
    worse = (
        InterventionKind.TARIFF_ON_ENTRANT,
        InterventionKind.PARTNER_WITHDRAWS,
        InterventionKind.BARRED_FROM_CHANNELS,
        InterventionKind.BANNED,
    )
    for manufacturer in ("Huawei", "Xiaomi"):
        assert rows[manufacturer, InterventionKind.BANNED].units == 0
        lost = [-rows[manufacturer, kind].manufacturer_profit_change for kind in worse]
        assert sorted(lost) == lost
        # A tariff on one manufacturer helps the others; a tariff on most of them does not.
        assert rows[manufacturer, worse[0]].rivals_profit_change > 0
        assert rows[manufacturer, InterventionKind.TARIFF_ON_IMPORTS].rivals_profit_change < 0


def test_a_tariff_is_a_tenth_of_what_its_phones_cost(found: NegotiationResults) -> None:
    row = found.interventions[0]
    assert (row.manufacturer, row.kind) == ("Huawei", InterventionKind.TARIFF_ON_ENTRANT)
    cost = negotiation(found, "Huawei", "AT&T").production_cost
    # Some of its phones are cheaper than its flagship.
    assert 0.8 * cost < row.tariff_revenue / row.units / 0.1 <= cost


def test_levers(found: NegotiationResults) -> None:
    levers = {row.kind: row for row in found.levers}
    assert set(levers) == set(LeverKind)
    cash, down, as_is = LeverKind.NO_FINANCING, LeverKind.DOWN_PAYMENT, LeverKind.NONE
    no_subsidy, subsidy = LeverKind.NO_MEMBER_VALUE, LeverKind.HIGHER_MEMBER_VALUE
    times = {kind: row.multiple or 0.0 for kind, row in levers.items()}
    order = [times[k] for k in (no_subsidy, cash, as_is, LeverKind.LONGER_FINANCING, subsidy)]
    assert sorted(set(order)) == order
    assert times[down] < times[as_is]
    # Whatever is pulled, carriers are a foothold.
    assert min(times.values()) > 3
    # Less credit sells fewer through carriers and more unlocked.
    for kind in (cash, down):
        assert levers[kind].units < levers[as_is].units
        assert levers[kind].units_without_deals > levers[as_is].units_without_deals
    kinds = (subsidy, cash, as_is, LeverKind.LONGER_FINANCING, no_subsidy)
    prices = [levers[kind].retail_price for kind in kinds]
    assert sorted(prices) == prices


# What it hangs on -------------------------------------------------------------------------------

#: what rises (+1), falls (-1) or stays (0) as an assumption goes from its low to its high
MOVES: dict[str | None, dict[str, int]] = {
    "awareness-campaign": {
        "joint_surplus": 1, "manufacturer_gain": 1, "units": 1, "expected_value": 1,
    },
    "campaign-elsewhere": {"joint_surplus": 1, "units": 1, "expected_value": 1},
    "selective-taste": {
        "joint_surplus": -1, "manufacturer_gain": -1, "units": -1, "expected_value": -1,
    },
    "entrant-weight": {
        "wholesale_price": -1, "retail_price": -1, "units": 1, "manufacturer_gain": -1,
        "channel_gain": 1, "expected_value": -1,
    },
    "maker-margin": {
        "joint_surplus": 1, "wholesale_price": -1, "retail_price": -1, "expected_value": 1,
    },
    # What all makers' phones cost carriers less, entrants' do too.
    "open-channel-fee": {"joint_surplus": -1, "wholesale_price": -1, "expected_value": -1},
    "equipment-margin": {"joint_surplus": -1, "wholesale_price": -1, "manufacturer_gain": -1},
    "cost-of-funds": {},
    "instalment-losses": {},
    "political-hazard": {
        "joint_surplus": 0, "wholesale_price": 0, "launch_probability": -1, "expected_value": -1,
    },
    "talks-hazard": {
        "joint_surplus": 0, "launch_probability": -1, "expected_value": -1,
    },
    "launch-cost": {
        "joint_surplus": 0, "launch_probability": 0, "expected_value": -1, "break_even_hazard": -1,
    },
    "quarters-on-sale": {
        "joint_surplus": 0, "launch_probability": 0, "expected_value": 1,
    },
    None: {"joint_surplus": 1, "units": 1, "expected_value": 1},
}  # fmt: skip


def test_every_assumption_of_the_talks_moves_them_the_right_way(
    us: Study, found: NegotiationResults
) -> None:
    assert us.config.negotiations is not None
    swings = {swing.assumption: swing for swing in found.swings}
    assert list(swings) == [*us.config.negotiations.vary, None] == list(MOVES)
    for name, moves in MOVES.items():
        low, high = swings[name].low, swings[name].high
        assert low.value < high.value
        for metric, sign in moves.items():
            before = getattr(low, metric)
            change = getattr(high, metric) - before
            if sign:
                assert sign * change > 0, (name, metric)
            else:
                assert change == pytest.approx(0, abs=1e-9 * abs(before)), (name, metric)


def test_the_deal_stands_at_every_end_as_the_report_says(
    found: NegotiationResults, us_results: Run
) -> None:
    results = us_results.results
    ends = [end for swing in found.swings for end in (swing.low, swing.high)]
    for end in ends:
        assert end.manufacturer_gain > 0
        assert end.channel_gain > 0
        assert end.lowest_wholesale_price < end.wholesale_price < end.highest_wholesale_price
    lost = {s.assumption for s in found.swings for end in (s.low, s.high) if end.expected_value < 0}
    assert {"political-hazard", "launch-cost", "quarters-on-sale"} <= lost
    corner = found.worst_corner
    assert corner is not None
    worst = min(min(s.low.expected_value, s.high.expected_value) for s in found.swings)
    assert corner.terms.expected_value < worst
    assert corner.terms.joint_surplus > 0
    told = title(sensitivity.section(results), "terms-tornado")
    assert told.startswith("Talks of Huawei and AT&T are worth")

    def joint(end: TermsAtEnd) -> float:
        return end.joint_surplus

    metric: Callable[[TermsAtEnd], float] = joint
    top = max(found.swings, key=lambda swing: reach(swing, metric))
    text = render(results).replace("&#39;", "'")
    assert f"What matters most: the {swing_words(results, top)}" in text


def test_partners_multiply_sales_at_every_end_as_the_report_says(us_results: Run) -> None:
    """At list prices: each assumption of [entry] at both ends of its range, the market refitted."""
    results = us_results.results
    swings = ranked_sales_swings(results)
    assert {s.assumption for s in swings} == {
        *("awareness-campaign", "awareness-huawei", "strained-rate", "outside-share"),
        *("flagship-elasticity", "selective-taste", "selective-knowing"),
        *("later-weight", "campaign-elsewhere"),
    }
    for s in swings:
        for end in (s.low, s.high):
            for who, each in end.entrants.items():
                assert each.multiple is not None
                assert each.multiple > 2, (s.assumption, who)
    low, high = (end.entrants["Huawei"].units for end in (swings[0].low, swings[0].high))
    told = title(sensitivity.section(results), "tornado")
    assert f"factor of {max(high / low, low / high):.1f} (Huawei)" in told


def test_one_generation_of_one_deal_pays_for_one_entrant(found: NegotiationResults) -> None:
    """One carrier, one generation that fades: not worth a launch to Huawei anywhere."""
    pays = {p.manufacturer for p in found.prospects if p.expected_value > 0}
    assert pays == {"Xiaomi"}
    for p in found.prospects:
        assert p.launch_probability == pytest.approx(0.415, abs=1e-3)
        assert p.launch_probability_at_modes == pytest.approx((0.85 * 0.9) ** 2)
    # Not so at any hazard.
    assert all(p.break_even_hazard < 1 for p in found.prospects)


def test_terms_differ_more_between_carriers_than_rounding(found: NegotiationResults) -> None:
    prices = [n.wholesale_price for n in found.negotiations if n.manufacturer == "Huawei"]
    assert all(abs(a - b) > 1.0 for a, b in combinations(prices, 2))
