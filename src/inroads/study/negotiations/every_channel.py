"""An entrant and all channels that negotiate: every set of deals, exclusivity, who loses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np

from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Withdraw
from inroads.results.networks import ChannelSet, EveryChannel, Exclusivity, KeepingOut
from inroads.study.negotiations.entry_game import EntryGame
from inroads.study.negotiations.networks import together

Progress = Callable[[str, int, int], None]
# So many channels have too many sets.
MAX_CHANNELS = 6


def every_channel(
    game: EntryGame, channels: tuple[str, ...], progress: Progress
) -> tuple[EveryChannel, ...]:
    """Each entrant alone; then each beside the others' best stable sets, where there are others.

    Nothing for one channel, and for more than `MAX_CHANNELS`.
    """
    if not 1 < len(channels) <= MAX_CHANNELS:
        return ()
    names = [entrant.manufacturer for entrant in game.entrants]
    rows = []
    for k, name in enumerate(names):
        progress("sets of channels", k, 2 * len(names))
        rows.append(_alone(game, name, channels))
    best = {row.manufacturer: row.stable[0].channels for row in rows if row.stable}
    beside = []
    for k, name in enumerate(names if len(names) > 1 else ()):
        progress("sets of channels", len(names) + k, 2 * len(names))
        others = {other: best[other] for other in names if other != name and best.get(other)}
        if others:
            sets, _ = _sets(game, name, channels, others)
            beside.append(EveryChannel(manufacturer=name, other_deals=others, sets=sets))
    return (*rows, *beside)


def _sets(
    game: EntryGame,
    manufacturer: str,
    channels: tuple[str, ...],
    others: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[ChannelSet, ...], dict[tuple[str, ...], Equilibrium]]:
    """All sets of the manufacturer's deals, others' deals standing."""
    every = list(product([False, True], repeat=len(channels)))
    tried = [tuple(c for c, is_in in zip(channels, on, strict=True) if is_in) for on in every]
    solved = {
        chosen: game.solve({**others, manufacturer: chosen}, is_kept=False) for chosen in tried
    }
    pairs = tuple((manufacturer, channel) for channel in channels)
    networks = together(pairs, np.array(every, dtype=bool), list(solved.values())).networks
    stable = set(networks.stable.tolist())
    none = solved[()]
    return tuple(
        ChannelSet(
            channels=chosen,
            is_stable=row in stable,
            manufacturer_change=_change(none, after, manufacturer),
            channel_changes={c: _change(none, after, c) for c in channels},
            consumer_surplus_change=after.consumer_surplus - none.consumer_surplus,
        )
        for row, (chosen, after) in enumerate(solved.items())
    ), solved


def _alone(game: EntryGame, manufacturer: str, channels: tuple[str, ...]) -> EveryChannel:
    """The entrant's sets with all other entrants out, clauses, and what rivals would lose."""
    sets, solved = _sets(game, manufacturer, channels, {})
    alone = EveryChannel(manufacturer=manufacturer, sets=sets)
    clauses = []
    if alone.stable:
        alternative = alone.stable[0].channels
        otherwise = solved[alternative]
        for channel in channels:
            if (channel,) == alternative:
                continue
            barred = _barred(game, manufacturer).solve({manufacturer: (channel,)})
            for is_barred, only in ((False, solved[(channel,)]), (True, barred)):
                clauses.append(
                    Exclusivity(
                        channel=channel,
                        from_open_channel=is_barred,
                        alternative=alternative,
                        channel_gain=_change(otherwise, only, channel),
                        manufacturer_loss=-_change(otherwise, only, manufacturer),
                    )
                )
    none, makers = solved[()], set(game.market.products["manufacturer"])
    losses = [
        KeepingOut(
            rival=str(rival),
            channel=channel,
            rival_loss=-_change(none, solved[(channel,)], rival),
            manufacturer_gain=alone.set_of(channel).manufacturer_change,
            channel_gain=alone.set_of(channel).channel_changes[channel],
        )
        for channel in channels
        for rival in none.market.firms
        if rival in makers | set(channels) and rival not in (channel, manufacturer)
    ]
    update = {"exclusivity": tuple(clauses), "keeping_out": tuple(losses)}
    return alone.model_copy(update=update)


def _barred(game: EntryGame, manufacturer: str) -> EntryGame:
    """The game in which the manufacturer does not sell in open channels."""

    def without(market: Market) -> Market:
        table = market.table
        own = table[(table["manufacturer"] == manufacturer) & ~table["has_members"]]
        shelves = dict.fromkeys(own["channel"])
        return market.after(*(Withdraw(manufacturer=manufacturer, channel=c) for c in shelves))

    return game.with_policy(without)


def _change(before: Equilibrium, after: Equilibrium, firm: str) -> float:
    return float(after.profits.get(firm, 0.0) - before.profits.get(firm, 0.0))
