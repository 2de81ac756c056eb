"""Who should come first: two entrants, each with any set of the same channels.

A stage game on a table of values: moving first, second after seeing the other, both at once; and
what the first one's deals do to the second one's terms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from inroads.choice.base import Array
from inroads.conduct.bimatrix import equilibria, leading
from inroads.display import Card, Displayed
from inroads.dynamics.record import Path
from inroads.errors import refuse
from inroads.plans.chances import Chances, chances
from inroads.plans.mandate import agreed_price
from inroads.plans.paths import Played
from inroads.plans.strategies import NO_DEAL, read_choices
from inroads.study.outlook.entrant_path import PathModel
from inroads.study.outlook.path_numbers import outlook_sections

if TYPE_CHECKING:
    from inroads.study.load import Study

Progress = Callable[[str, int, int], None]
Group = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class MoveOrder(Displayed):
    """The game of two entrants; `move_order` makes it. Money is dollars at the present, at the
    central numbers and the odds of deals, against no deal of either.

    Parameters
    ----------
    first, second : str
        The entrants.
    first_values, second_values : DataFrame
        What each gains: a row a set of channels of the first, a column one of the second.
    outcomes : DataFrame
        A row an order of moves (the first leads, the second leads, each equilibrium of both at
        once): what both choose and gain. A mixed equilibrium's choices are the likeliest.
    terms : DataFrame
        The second's agreed wholesale price by channel: the first being out, and with the deals that
        it has where it leads.
    currency : str
        Of all money.
    """

    first: str
    second: str
    first_values: pd.DataFrame
    second_values: pd.DataFrame
    outcomes: pd.DataFrame
    terms: pd.DataFrame
    currency: str = "dollars"

    def _card(self) -> Card:
        return Card(
            line=f"MoveOrder of {self.first} and {self.second}",
            table=self.outcomes,
            next_steps=("print(order)", "order.outcomes", "order.terms"),
        )

    def __str__(self) -> str:
        from inroads.plans.printing import order_text

        return order_text(self)


def move_order(study: Study, *, progress: Progress = lambda *_: None) -> MoveOrder:
    """Whether an entrant should move first, second or at once with the other.

    Each of the study's two entrants talks to any set of the answer's channels, launches now; both
    are in the open channel in any case. Every pair of sets is a path. Pure and mixed equilibria are
    by enumeration, the leader's choice is von Stackelberg's.

    Parameters
    ----------
    study : Study
        With two entrants in [entry], [firms], [negotiations] and [path].
    progress : callable
        Called with what is being done, how far it is, and how far it goes.

    Returns
    -------
    MoveOrder
        Values, what each order comes to, and the second's terms.

    Raises
    ------
    InputError
        For a study that has not two entrants.
    """
    makers = [entrant.manufacturer for entrant in outlook_sections(study)[0].entrants]
    if len(makers) != 2:
        raise refuse(
            expected="two entrants, of which one may come first",
            found=", ".join(makers),
            where="study.toml, entry.entrants",
            remedy="add one; what a single one should do is `inroads plan`.",
        )
    with threadpool_limits(1):
        model = study.path().with_prices_at_launches()
        sides = [Played(model, read_choices(study, maker)) for maker in makers]
        odds = [chances(study, side, {}) for side in sides]
        channels = sides[0].choices.answer.partners
        groups = [g for n in range(len(channels) + 1) for g in combinations(channels, n)]
        paths: dict[tuple[Group, Group], Path] = {}
        for k, mine in enumerate(groups):
            progress("both entrants", k, len(groups))
            paths |= {(mine, theirs): _path(model, makers, mine, theirs) for theirs in groups}
    tables = [_values(model, makers[side], side, paths, groups, odds) for side in (0, 1)]
    names = [", ".join(group) or NO_DEAL for group in groups]
    A, B = tables
    cells = [(f"{makers[0]} first", *leading(A, B))]
    j, i = leading(B.T, A.T)
    cells.append((f"{makers[1]} first", i, j))
    rows = [_outcome(makers, names, order, A[i, j], B[i, j], i, j) for order, i, j in cells]
    for x, y in equilibria(A, B):
        i, j = int(x.argmax()), int(y.argmax())
        order = "at once" if x.max() == y.max() == 1 else "at once, mixed"
        rows.append(_outcome(makers, names, order, float(x @ A @ y), float(x @ B @ y), i, j))
    leader = groups[cells[0][1]]
    return MoveOrder(
        first=makers[0],
        second=makers[1],
        first_values=pd.DataFrame(A, names, names),
        second_values=pd.DataFrame(B, names, names),
        outcomes=pd.DataFrame(rows).set_index("order"),
        terms=pd.DataFrame(
            {
                f"{makers[0]}: {', '.join(group) or NO_DEAL}": [
                    agreed_price(paths[group, (channel,)], makers[1], channel)
                    for channel in channels
                ]
                for group in dict.fromkeys([(), leader])
            },
            index=pd.Index(channels, name="channel"),
        ),
        currency=study.config.words.currency,
    )


def _path(model: PathModel, makers: list[str], mine: Group, theirs: Group) -> Path:
    beside = {makers[1]: dict.fromkeys(theirs, 0)}
    return model.follow(makers[0], dict.fromkeys(mine, 0), beside=beside)


def _values(
    model: PathModel,
    maker: str,
    side: int,
    paths: dict[tuple[Group, Group], Path],
    groups: list[Group],
    odds: list[Chances],
) -> Array:
    """What one of two gains with every pair of sets, each deal at its odds (n, n)."""
    periods, r = model.part.periods, model.rate_per_period
    on_sale = odds[side].on_sale(0, periods)
    late = on_sale * (1 + r) ** -(np.arange(periods) + 1.0)
    without = paths[(), ()].profits[maker].to_numpy(float)
    earned = np.array(
        [
            [(paths[a, b].profits[maker].to_numpy(float) - without) @ late for b in groups]
            for a in groups
        ]
    )
    first, second = (_odds_of(groups, chances_of) for chances_of in odds)
    values = first @ earned @ second.T
    cost = np.array([_launch_cost(model, group, odds[side], on_sale) for group in groups])
    return np.asarray(values - (cost[:, None] if side == 0 else cost))


def _odds_of(groups: list[Group], odds: Chances) -> Array:
    """That of a set (row) of talks exactly one (column) comes about (n, n)."""
    table = np.zeros((len(groups), len(groups)))
    for i, tried in enumerate(groups):
        for j, held in enumerate(groups):
            if set(held) <= set(tried):
                talks = odds.talks
                table[i, j] = np.prod([talks[c] if c in held else 1 - talks[c] for c in tried])
    return table


def _launch_cost(model: PathModel, group: Group, odds: Chances, on_sale: Array) -> float:
    later = sum(on_sale[q] / (1 + model.rate_per_period) ** q for q in model.launches(0) if q)
    return float(model.launch_cost * sum(1 + odds.talks[channel] * later for channel in group))


def _outcome(
    makers: list[str], names: list[str], order: str, a: float, b: float, i: int, j: int
) -> dict[str, object]:
    return {
        "order": order,
        makers[0]: names[i],
        makers[1]: names[j],
        f"{makers[0]} gains": float(a),
        f"{makers[1]} gains": float(b),
    }
