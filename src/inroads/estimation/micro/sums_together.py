"""Many sums over the consumers of a stack of markets at once.

Sums of one sample share choice probabilities, and most share W by product too: what is summed over
products is then one matrix product for all of them. Sums that are of another kind (in nests, over
second choices, of choices one by one, of tastes that differ by product) are taken singly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from inroads.choice import Nested
from inroads.choice.base import Array, Index
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.micro.part_sums import ChoiceWeights
from inroads.estimation.micro.second_choices import SecondChoiceWeights

SampleWeights = ChoiceWeights | SecondChoiceWeights


def sums_of(state: MarketState, every: Sequence[SampleWeights]) -> Array:
    """N (n,) of each."""
    plain, sums = _plain(every), np.empty(len(every))
    for k, weights in enumerate(every):
        if k not in plain:
            sums[k] = weights.sum_of(state)
    rows, which = _by_product(state, plain.values())
    inside, w = rows @ state.P, state.stack.w
    for (k, weights), d in zip(plain.items(), which, strict=True):
        mean = weights.by_agent * inside[:, d] + weights.outside * state.none
        sums[k] = float((w * mean).sum())
    return sums


def slopes_of(state: MarketState, ddelta: Array, every: Sequence[SampleWeights]) -> Array:
    """dN/dtheta (n, P) of each, delta moving by ddelta (B, J, P)."""
    one_by_one = isinstance(state.model, Nested) or bool(state.slopes_by_product)
    plain = {} if one_by_one else _plain(every)
    slopes = np.empty((len(every), state.n_parameters))
    for k, weights in enumerate(every):
        if k not in plain:
            slopes[k] = weights.slopes(state, ddelta)
    if not plain:
        return slopes
    # As in `ChoiceWeights.slopes`: Q_ji = w_i (W_ji - mean_i) P_ji, never formed.
    w, P, none = state.stack.w, state.P, state.none
    rows, which = _by_product(state, plain.values())
    inside = rows @ P
    by_agent = [np.broadcast_to(w * weights.by_agent, w.shape) for weights in plain.values()]
    means = [
        w * (weights.by_agent * inside[:, d] + weights.outside * none)
        for weights, d in zip(plain.values(), which, strict=True)
    ]
    n = len(by_agent)
    moved = P @ np.stack([*by_agent, *means], axis=-1)
    Q = rows[:, which].swapaxes(-1, -2) * moved[..., :n] - moved[..., n:]
    together = np.einsum("bjn,bjp->np", Q, ddelta)
    if state.columns:
        at = np.arange(state.n_parameters)[state.theta_slice]
        mean_x = state.mean_characteristics * state.coefficient_slopes
        together[:, at] -= _over_agents(means, mean_x)
        for d in np.unique(which):
            x = P.swapaxes(-1, -2) @ (state.x * rows[:, d, :, None])
            own = np.flatnonzero(which == d)
            in_x = _over_agents([by_agent[k] for k in own], x * state.coefficient_slopes)
            together[np.ix_(own, at)] += in_x
    slopes[list(plain)] = together
    return slopes


def _plain(every: Sequence[SampleWeights]) -> dict[int, ChoiceWeights]:
    """Those that factor into products and agents, by their place."""
    return {
        k: weights
        for k, weights in enumerate(every)
        if isinstance(weights, ChoiceWeights) and weights.by_choice is None
    }


def _by_product(state: MarketState, every: Iterable[ChoiceWeights]) -> tuple[Array, Index]:
    """W by product, each that there is once (B, D, J), and which is whose (n,)."""
    shape, which = state.P.shape[:-1], []
    seen: dict[bytes, int] = {}
    rows: list[Array] = []
    for weights in every:
        row = np.ascontiguousarray(np.broadcast_to(weights.by_product, shape), dtype=float)
        place = seen.setdefault(row.tobytes(), len(rows))
        if place == len(rows):
            rows.append(row)
        which.append(place)
    stacked = np.stack(rows, axis=1) if rows else np.empty((shape[0], 0, shape[1]))
    return stacked, np.array(which, dtype=np.intp)


def _over_agents(by_agent: Sequence[Array], x: Array) -> Array:
    """sum_bi a_bi x_bic (n, C) of each a."""
    columns = x.reshape(-1, x.shape[-1])
    return np.asarray(np.stack([a.ravel() for a in by_agent]) @ columns)
