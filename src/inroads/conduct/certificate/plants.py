"""Outputs of plants moved one by one: what their owners then earn."""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.certificate.moves import Lines
from inroads.conduct.horizontal.plants import PlantGame


def output_lines(
    game: PlantGame, owns: Array, outputs: Array, leaders: Mask, sellers: list[str]
) -> Lines:
    """Lines of outputs (J,), one an offer, others' held; those of leaders with followers' answers.

    owns (J, J): what sellers count of profits. leaders (J,): what is made by firms that move first.
    An output of nothing moves by a tenth of its good.
    """
    totals = np.bincount(game.good, outputs)[game.good]
    size = np.maximum(outputs, 0.1 * totals)
    J = len(outputs)
    # Costs of a plant rise with all that it makes: each offer bears its part of the half.
    same_plant = (game.plant[:, None] == game.plant).astype(float)

    def earned(j: int, step: float) -> float:
        q = outputs.copy()
        q[j] += step * size[j]
        if q[j] < -1e-12 * size[j] or not game.is_possible(q):
            return -np.inf
        if leaders[j]:
            answer = game.solve(owns, q, ~leaders)
            if not answer.converged:
                return -np.inf
            q = answer.value
        rising = game.cost_slopes * q * (same_plant @ q) / 2
        profits = (game.prices(q) - game.costs) * q - rising
        return float(owns[j] @ profits)

    def value(k: Index, steps: Array) -> Array:
        rows = np.broadcast_to(k, steps.shape)
        pairs = zip(rows.ravel().tolist(), steps.ravel().tolist(), strict=True)
        return np.array([earned(j, step) for j, step in pairs]).reshape(steps.shape)

    return Lines(value=value, at=outputs, size=size, firm=list(sellers), offer=[*range(J)])
