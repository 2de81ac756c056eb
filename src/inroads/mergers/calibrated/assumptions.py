"""What is assumed beside the table, and which words go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    Conduct,
    PostedPrices,
    QuantitySetting,
    SecondScore,
)
from inroads.errors import one_of, refuse

DEMANDS = (
    "logit",
    "nested logit",
    "overlapping nests",
    "ces",
    "nested ces",
    "linear",
    "log-linear",
    "aids",
    "one good, linear",
    "one good, log-linear",
)
CONDUCTS = (
    "bertrand",
    "cournot",
    "stackelberg",
    "second score",
    "bargaining",
    "second-score bargaining",
)


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """All that is assumed beside the table; see `merger`."""

    demand: str = "logit"
    conduct: str = "bertrand"
    outside: str = "rest"
    rho: Any = None
    elasticities: ArrayLike | None = None
    diversions: ArrayLike | None = None
    market_elasticity: Any = None
    allocation: ArrayLike | None = None
    buyer_weight: float | None = None
    leaders: Sequence[object] = ()
    collusion: float = 0.0
    collusion_after: float | None = None
    holdings: Any = None
    unit_tax: Any = 0.0
    tax_rate: Any = 0.0

    def __post_init__(self) -> None:
        one_of("demand", self.demand, *DEMANDS)
        one_of("conduct", self.conduct, *CONDUCTS)
        one_of("outside", self.outside, "rest", "none", "unknown")
        for weight in (self.collusion, self.collusion_after or 0.0):
            if not 0 <= weight <= 1 or (weight and self.conduct not in ("bertrand", "cournot")):
                raise refuse(
                    expected="a part of others' profits from 0 to 1, under Bertrand or Cournot",
                    found=f"{weight} with {self.conduct}",
                    where="collusion",
                    remedy="leave it at 0 for other conducts.",
                )
        if (self.conduct == "stackelberg" and not self.one_good) or (
            self.one_good and self.conduct not in ("cournot", "stackelberg")
        ):
            raise refuse(
                expected="Cournot or Stackelberg with one good, and Stackelberg with nothing else",
                found=f"{self.demand} with {self.conduct}",
                where="demand and conduct",
                remedy="use demand='one good, linear' or 'one good, log-linear'.",
            )

    @property
    def one_good(self) -> bool:
        """Whether offers of a good have one price."""
        return self.demand.startswith("one good")

    @property
    def seeks_weight(self) -> bool:
        """Whether margins are to tell buyers' weight."""
        logits = ("logit", "nested logit")
        return self.conduct == "bargaining" and self.buyer_weight is None and self.demand in logits

    def check_read(self) -> None:
        """Refuse what these words leave unread."""
        nested = ("nested logit", "overlapping nests", "nested ces")
        systems = ("linear", "log-linear", "aids")
        for name, read in (
            ("rho", self.demand in (*nested, *systems)),
            ("allocation", self.demand == "overlapping nests"),
            ("elasticities", self.demand in systems),
            ("diversions", self.demand in systems),
            ("market_elasticity", self.demand != "overlapping nests"),
            ("buyer_weight", "bargaining" in self.conduct),
            ("leaders", self.conduct == "stackelberg"),
        ):
            given = getattr(self, name)
            if not (read or given is None or (name == "leaders" and not len(given))):
                raise refuse(
                    expected=f"a demand and a conduct that {name} means something to",
                    found=f"{self.demand}, {self.conduct}",
                    where=name,
                    remedy="leave it out, or choose another demand or conduct.",
                )

    def varied(self, **changes: Any) -> Assumptions:
        """The same but for some."""
        return Assumptions(**{f.name: getattr(self, f.name) for f in fields(self)} | changes)

    def as_text(self) -> list[tuple[str, str]]:
        """What was said, by name, tables as such."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        unsaid = {f.name: f.default for f in fields(self)}
        words = ("demand", "conduct", "outside")
        return [
            (name, "a table" if np.ndim(value) > 1 else str(value))
            for name, value in values.items()
            if name in words or np.ndim(value) > 1 or str(value) != str(unsaid[name])
        ]

    def rule(self) -> Conduct:
        """How sellers of differentiated offers set prices."""
        if self.conduct in ("bargaining", "second-score bargaining"):
            weight = self.buyer_weight
            if weight is None or not 0 <= weight < 1:
                raise refuse(
                    expected="buyers' bargaining weight, from 0 (sellers set prices) to below 1",
                    found="none" if weight is None else str(weight),
                    where="buyer_weight",
                    remedy="give 0.5 for equal weights; of bargaining over posted prices with "
                    "logit or nested logit, margins may tell it.",
                )
            bargains = self.conduct == "bargaining"
            return BargainingWithBuyers(weight) if bargains else BargainingInAuction(weight)
        if self.conduct == "second score":
            return SecondScore()
        return PostedPrices() if self.conduct == "bertrand" else QuantitySetting()
