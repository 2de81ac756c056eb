"""Sets of deals with all channels that negotiate, clauses, losses: by the definitions."""

from pathlib import Path

import pytest

from inroads.market.moves import Allowance, Withdraw
from inroads.results.networks import EveryChannel
from inroads.study.load import load_study
from inroads.study.negotiations.entry_game import EntryGame
from inroads.study.negotiations.every_channel import every_channel
from inroads.study.negotiations.responses import responses

CHANNELS = ("Nord", "Sud")


@pytest.fixture
def game(espresso: Path) -> EntryGame:
    return load_study(espresso).negotiation()


@pytest.fixture
def row(game: EntryGame) -> EveryChannel:
    (row,) = every_channel(game, CHANNELS, lambda *_: None)
    return row


def test_sets_are_the_equilibria_of_the_game(game: EntryGame, row: EveryChannel) -> None:
    assert [chosen.channels for chosen in row.sets] == [(), ("Sud",), ("Nord",), ("Nord", "Sud")]
    none = game.solve({"Alba": ()})
    for chosen in row.sets:
        after = game.solve({"Alba": chosen.channels})
        change = after.profits - none.profits
        assert chosen.manufacturer_change == pytest.approx(change["Alba"], abs=1e-6)
        for channel in CHANNELS:
            assert chosen.channel_changes[channel] == pytest.approx(change[channel], abs=1e-6)


def test_a_set_is_stable_where_nobody_leaves_and_no_two_join(row: EveryChannel) -> None:
    for chosen in row.sets:
        moves = []
        for channel in CHANNELS:
            inside = channel in chosen.channels
            other = row.set_of(*(set(chosen.channels) ^ {channel}))
            gains = [
                other.manufacturer_change - chosen.manufacturer_change,
                other.channel_changes[channel] - chosen.channel_changes[channel],
            ]
            moves.append(max(gains) > 1e-6 if inside else min(gains) > 1e-6)
        assert chosen.is_stable == (not any(moves))
    assert row.stable[0].channels == CHANNELS


def test_clauses_are_against_what_would_be_made(game: EntryGame, row: EveryChannel) -> None:
    assert {(c.channel, c.from_open_channel) for c in row.exclusivity} == {
        (channel, barred) for channel in CHANNELS for barred in (False, True)
    }
    otherwise = game.solve({"Alba": CHANNELS}).profits
    opens = game.market.channels.index[~game.market.channels["has_members"]]
    barred = game.with_policy(
        lambda market: market.after(*(Withdraw(manufacturer="Alba", channel=c) for c in opens))
    )
    for clause in row.exclusivity:
        kept = barred if clause.from_open_channel else game
        only = kept.solve({"Alba": (clause.channel,)}).profits
        assert clause.alternative == CHANNELS
        gain = only[clause.channel] - otherwise[clause.channel]
        assert clause.channel_gain == pytest.approx(gain, abs=1e-6)
        assert clause.manufacturer_loss == pytest.approx(otherwise["Alba"] - only["Alba"], abs=1e-6)
        assert clause.pays == (clause.channel_gain > clause.manufacturer_loss)


def test_what_a_rival_would_pay_to_keep_a_deal_out(row: EveryChannel) -> None:
    assert {loss.rival for loss in row.keeping_out} > set(CHANNELS)
    for loss in row.keeping_out:
        deal = row.set_of(loss.channel)
        if loss.rival in CHANNELS:
            assert loss.rival_loss == -deal.channel_changes[loss.rival]
        gains = deal.manufacturer_change + deal.channel_changes[loss.channel]
        assert loss.pays == (loss.rival_loss > gains)


def test_a_dilemma_is_named_where_there_is_one(row: EveryChannel) -> None:
    assert row.dilemma == tuple(c for c in CHANNELS if row.stable[0].channel_changes[c] < 0)
    worse = row.sets[-1].model_copy(update={"channel_changes": {"Nord": -1.0, "Sud": 2.0}})
    assert row.model_copy(update={"sets": (*row.sets[:-1], worse)}).dilemma == ("Nord",)


def test_what_present_makers_could_pay(game: EntryGame) -> None:
    rows = responses(game, "Alba", CHANNELS)
    deals, none = game.solve({"Alba": CHANNELS}), game.solve({"Alba": ()})
    assert rows
    for row in rows:
        assert row.rival_loss == pytest.approx(none.profits[row.rival] - deals.profits[row.rival])
        paid = game.with_policy(
            lambda market, row=row: market.after(
                *(Allowance(row.rival, row.allowance, c) for c in CHANNELS)
            )
        ).solve({"Alba": CHANNELS})
        change = paid.profits - deals.profits
        assert row.rival_profit_change == pytest.approx(change[row.rival], abs=1e-6)
        assert row.units_change < 0
        assert row.manufacturer_profit_change < 0


def test_one_channel_and_too_many_have_no_sets(game: EntryGame) -> None:
    assert every_channel(game, ("Nord",), lambda *_: None) == ()
    assert every_channel(game, tuple("ABCDEFG"), lambda *_: None) == ()
