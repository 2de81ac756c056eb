"""Negotiations and firms of a study: terms of every deal, networks, hazards, interventions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inroads.conduct.bargaining import TwoPartTariff
from inroads.market.pricing import BargainingTerms
from inroads.market.vertical import goods_margin, list_price_shares
from inroads.results.firms import BaselineProof, Firms, MarginTarget, MaterialsCheck
from inroads.results.negotiations import NegotiationResults, TermsCase, TermsVariant
from inroads.study.config.entry import Entry
from inroads.study.config.firms import FirmsPart
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.market.calibration import Calibrated
from inroads.study.market.cost_checks import bills_of_materials
from inroads.study.market.firm_facts import target_margin
from inroads.study.market.firms import CalibratedFirms
from inroads.study.negotiations.cost_bases import cost_bases
from inroads.study.negotiations.deal_hazards import events, prospect
from inroads.study.negotiations.entry_game import EntryGame, entry_game
from inroads.study.negotiations.every_channel import every_channel
from inroads.study.negotiations.interventions import apply_lever, interventions, levers
from inroads.study.negotiations.negotiations import certificate_record, entrant_deals, negotiation
from inroads.study.negotiations.networks import Progress, deal_networks
from inroads.study.negotiations.own_campaigns import entrant_campaigns
from inroads.study.negotiations.responses import responses
from inroads.study.negotiations.sensitivity import terms_swings, worst_corner

if TYPE_CHECKING:
    from inroads.study.load import Study

# Of list prices: where the equilibrium of the data is looked for from.
_START_FACTOR = 1.1


def negotiation_results(
    study: Study, fitted: Calibrated, firms: CalibratedFirms | None, progress: Progress
) -> NegotiationResults | None:
    """What results hold of negotiations; None without [firms] or [negotiations]."""
    config = study.config
    if firms is None or config.entry is None or config.negotiations is None:
        return None
    return _negotiations(
        study, config.entry, config.negotiations, fitted, firms=firms, progress=progress
    )


def partners_of(entry: Entry, part: NegotiationsPart) -> tuple[str, ...]:
    """The channels of the answer: those of the headline that are talked to, or all of them."""
    return tuple(p for p in entry.headline if p in part.channels) or part.channels


def _negotiations(
    study: Study,
    entry: Entry,
    part: NegotiationsPart,
    fitted: Calibrated,
    *,
    firms: CalibratedFirms,
    progress: Progress,
) -> NegotiationResults:
    game = entry_game(study, entry, fitted.market, firms)
    manufacturers = [e.manufacturer for e in entry.entrants]
    partners = partners_of(entry, part)
    cases = [(manufacturer, channel) for manufacturer in manufacturers for channel in part.channels]
    negotiations = []
    for k, (manufacturer, channel) in enumerate(cases):
        progress("talks", k, len(cases))
        negotiations.append(negotiation(game, manufacturer, channel))
    entrants = [
        entrant_deals(game, m, partners, fitted.unsold.error_at(len(partners)))
        for m in manufacturers
    ]
    full_range = [
        negotiation(game, e.manufacturer, partners[0], full_range=True)
        for e in entry.entrants
        if e.further_products
    ]
    terms = _other_terms(game, manufacturers[0], partners[0], firms)
    networks = deal_networks(game, partners, progress)
    sets = every_channel(game, part.channels, progress)
    answers = [row for m in manufacturers for row in responses(game, m, partners)]
    prospects = [prospect(study, part, row) for row in negotiations]
    progress("costs", 0, 0)
    costs = cost_bases(study, entry, fitted, game, partners=partners)
    lever_changes = levers(study, game, part)
    intervened = []
    for k, manufacturer in enumerate(manufacturers):
        progress("politics", k, len(manufacturers))
        intervened += list(interventions(study, game, part, manufacturer, partners=partners))
    lever_results = []
    for k, lever in enumerate(lever_changes):
        progress("levers", k, len(lever_changes))
        lever_results.append(apply_lever(game, lever, manufacturers[0], partners))
    swings = terms_swings(
        study, fitted, game, manufacturers[0], channel=partners[0], progress=progress
    )
    return NegotiationResults(
        negotiations=tuple(negotiations),
        prospects=tuple(prospects),
        entrants=tuple(entrants),
        full_range=tuple(full_range),
        terms=terms,
        networks=networks,
        every_channel=sets,
        responses=tuple(answers),
        events=events(study),
        interventions=tuple(intervened),
        levers=tuple(lever_results),
        swings=swings,
        campaigns=entrant_campaigns(study, entry, game, partners),
        costs=costs,
        worst_corner=worst_corner(study, fitted, swings, manufacturers[0], channel=partners[0]),
    )


def firm_results(study: Study, firms: CalibratedFirms | None) -> Firms | None:
    """Firms as calibrated, the target that they were calibrated to, checks that were not fitted;
    None without [firms]."""
    part = study.config.firms
    if firms is None or part is None:
        return None
    return firms.record(
        margin_target=_margin_target(study, part, firms),
        materials=_materials(study, firms),
        baseline=_baseline(firms),
        is_discounted=part.cost_to_serve != 0.0 or part.discount_rate != 0.0,
    )


def _margin_target(study: Study, part: FirmsPart, firms: CalibratedFirms) -> MarginTarget | None:
    if part.margin_target is None:
        return None
    channel = part.margin_target.channel
    target, fitted = target_margin(study, part.margin_target), goods_margin(firms.market, channel)
    return MarginTarget(channel=channel, target=target, fitted=fitted)


def _materials(study: Study, firms: CalibratedFirms) -> tuple[MaterialsCheck, ...]:
    """Bills of materials known at the study's date (facts `bom-` and the product's name) beside
    what the products are implied to cost: a bill leaves out licences, assembly, software."""
    costs = firms.market.contracts["production_cost"].groupby(level=0)
    mean = firms.market.products["production_cost"].dropna().sort_index()
    low, high = costs.min(), costs.max()
    bills = bills_of_materials(study)
    return tuple(
        MaterialsCheck(
            product=product,
            bill=bills[product],
            production_cost=mean[product],
            low=low[product],
            high=high[product],
        )
        for product in mean.index
        if product in bills
    )


def _baseline(firms: CalibratedFirms) -> BaselineProof:
    """How far the industry of the data, solved from other prices, is from list prices and shares;
    its certificate."""
    market = firms.market
    listed = market.column("price")
    start_prices = np.where(market.contracts["price_fixed"], listed, _START_FACTOR * listed)
    equilibrium = replace(market, offers=market.offers.assign(start=start_prices)).solve()
    assert equilibrium.certificate is not None
    observed = list_price_shares(firms.market)
    return BaselineProof(
        price_gap=float(abs(equilibrium.state.prices - listed).max()),
        share_gap=float(abs(equilibrium.state.shares - observed).max()),
        certificate=certificate_record(equilibrium.certificate),
    )


def _other_terms(
    game: EntryGame, manufacturer: str, channel: str, firms: CalibratedFirms
) -> tuple[TermsCase, ...]:
    """One deal under other bargaining: who has the power, timing, contract."""
    weight = game.terms.channel_weight(manufacturer, channel)
    cases = {
        TermsVariant.CENTRAL: None,
        TermsVariant.LOW_WEIGHT: BargainingTerms(firms.low),
        TermsVariant.HIGH_WEIGHT: BargainingTerms(firms.high),
        TermsVariant.TWO_PART: BargainingTerms(weight, contract=TwoPartTariff()),
        TermsVariant.SEQUENTIAL: BargainingTerms(weight, timing="sequential"),
        TermsVariant.SEQUENTIAL_TWO_PART: BargainingTerms(
            weight, contract=TwoPartTariff(), timing="sequential"
        ),
    }
    weights = {TermsVariant.LOW_WEIGHT: firms.low, TermsVariant.HIGH_WEIGHT: firms.high}
    return tuple(
        TermsCase(
            variant=variant,
            channel_weight=weights.get(variant, weight),
            negotiation=negotiation(game, manufacturer, channel, terms=terms),
        )
        for variant, terms in cases.items()
    )
