"""A sample of consumers: how many, of which markets, and who is how likely to be in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse

#: of a market: products (J rows), agents (I rows) -> (I, J + 1), the outside option first
ChoiceFunction = Callable[[pd.DataFrame, pd.DataFrame], Array]


@dataclass(frozen=True, kw_only=True)
class MicroDataset:
    """A sample of consumers, from which moments are known.

    Consumer i of market t who chooses j is in the sample with a probability proportional to
    w_it P_ijt times the weights given here (Conlon and Gortmaker 2025).

    Parameters
    ----------
    name : str
        Of the sample.
    observations : int
        Consumers in it.
    markets : sequence, optional
        Ids of the markets it is from; all unless given.
    buyers : bool
        Whether only those who buy something are in it.
    weights : str or callable, optional
        How likely agents of each kind are to be in it: a column of agents (by market too), or of
        products (buyers of each; then nobody who buys nothing is), or a function of a market's
        products and agents that gives (I, J + 1) numbers, the outside option first.
    second_choices : bool
        Whether buyers were asked what they would have chosen without what they bought.
        `observations` then counts those who would have bought nothing, too.

    References
    ----------
    Conlon, C. and Gortmaker, J. (2025), Incorporating micro data into differentiated products
    demand estimation with PyBLP, Journal of Econometrics.

    Examples
    --------
    >>> MicroDataset(name="survey", observations=29125).buyers
    False
    """

    name: str
    observations: int
    markets: Sequence[Any] | None = None
    buyers: bool = False
    weights: str | ChoiceFunction | None = None
    second_choices: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.observations, bool) or not self.observations > 0:
            raise refuse(
                expected="a number of consumers above 0",
                found=repr(self.observations),
                where=f"MicroDataset {self.name}",
                remedy="give how many are in the sample.",
            )
        if self.markets is not None:
            object.__setattr__(self, "markets", tuple(self.markets))
