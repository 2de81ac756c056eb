"""Paths of twelve quarters, carriers setting prices in each: one, and many on one process and two.

60 offers (15 phones of 5 makers at 3 carriers and in the open channel) and 480 types of consumers,
two brands being known to some of them only.

    python benchmarks/paths.py          one path, 48 and 96 draws of it in one and two processes
    python benchmarks/paths.py 1000     so many draws in two processes
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from goals import ChildrensMemory

import inroads as ir
from inroads.dynamics.awareness_dynamics import Law
from inroads.dynamics.path import PathSettings, simulate_path
from inroads.dynamics.period_pricing import EquilibriumPrices
from inroads.market.consumers import Consumers
from inroads.market.vertical import FirmFacts
from inroads.numerics.blas_threads import one_blas_thread
from inroads.uncertainty.distributions import Triangular
from inroads.uncertainty.ensemble import Ensemble

CARRIERS, MAKERS = ("North", "South", "West"), ("A", "B", "C", "D", "E")
PERIODS = 12


def market() -> ir.Market:
    """Made up, with a fixed seed."""
    rng = np.random.default_rng(1)
    names = [f"{manufacturer}{k}" for manufacturer in MAKERS for k in range(3)]
    manufacturer = [name[0] for name in names]
    products = pd.DataFrame(
        {
            "manufacturer": manufacturer,
            "brand": manufacturer,
            "platform": ["one" if m == "A" else "two" for m in manufacturer],
            "tier": "flagship",
            "standards": "gsm+cdma",
            "price": rng.uniform(200, 800, len(names)),
            "quality": rng.normal(0, 0.8, len(names)),
        },
        index=pd.Index(names, name="product"),
    )
    channels = pd.DataFrame(
        {
            "has_members": [True] * 3 + [False],
            "standard": "any",
            "months": [24.0, 24.0, 30.0, 0.0],
            "down": 0.0,
            "limit": np.inf,
            "appeal": [0.0, 0.1, -0.1, -0.5],
        },
        index=pd.Index([*CARRIERS, "Open"], name="channel"),
    )
    offers = pd.DataFrame(list(product(names, channels.index)), columns=["product", "channel"])
    offers["price"] = products.loc[offers["product"], "price"].to_numpy()
    for column in ("months", "down", "limit"):
        offers[column] = channels.loc[offers["channel"], column].to_numpy()
    offers = offers.assign(standards="gsm+cdma", extra=0.0)
    owned = [(m, "one" if m == "A" else "two") for m in MAKERS]
    rows = [
        (home, brand, platform, income, rate, granted, 1 / 120, 0.0)
        for home, (brand, platform), income, (rate, granted) in product(
            (*CARRIERS, ""), owned, (30e3, 60e3, 120e3), ((0.01, True), (0.04, False))
        )
    ]
    cells = pd.DataFrame(
        rows,
        columns=["home", "brand", "platform", "income", "rate", "may_finance", "weight", "credit"],
    )
    index = pd.Index([*CARRIERS, ""], name="home")
    known = pd.DataFrame({"D": 0.4, "E": 0.1}, index=index)
    tastes = {"money": 0.6, "inertia": 1.5, "platform": 0.7, "brand": 0.4, "credit": 0.0}
    return ir.Market(
        products=products,
        channels=channels,
        offers=offers,
        consumers=Consumers(cells, known, income_exponent=0.5),
        tastes=tastes,
        size=1e6,
        period="now",
    )


def firms() -> FirmFacts:
    """Subscribers, costs and margins, made up."""
    worth = dict(zip(CARRIERS, (200.0, 150.0, 120.0), strict=True))
    return FirmFacts(
        member_value=worth,
        cash_member_value={c: v / 4 for c, v in worth.items()},
        retail_cost=20.0,
        open_channel_cut=0.15,
        margin={"": 0.3},
    )


@dataclass(frozen=True)
class Sold:
    """A path at drawn rates -> what brand E has sold by its end."""

    sellers: EquilibriumPrices

    def __call__(self, x: Mapping[str, float]) -> dict[str, float]:
        """Units."""
        law = Law(shelf=x["shelf"], use=0.4, fade=x["fade"])
        plan = PathSettings(periods=PERIODS, hazard=0.14, law=law, decline=0.014, life=4)
        path = simulate_path(self.sellers.market, plan, self.sellers)
        return {"sold": float(path.sales()["E"].sum())}


def ensemble() -> Ensemble:
    """Of such paths."""
    sources = (Triangular("shelf", 0.02, 0.05, 0.15), Triangular("fade", 0.03, 0.1, 0.25))
    sellers = EquilibriumPrices(market=market().with_firms(firms()))
    return Ensemble(sources=sources, function=Sold(sellers), outputs=("sold",), about="a benchmark")


def timed(draws: int, workers: int) -> tuple[float, float]:
    """Seconds that so many draws take, processes' start among them, and MiB of one at most."""
    with TemporaryDirectory() as folder, ChildrensMemory() as memory:
        start = time.perf_counter()
        ensemble().run(draws, folder, size=8, workers=workers)
        return time.perf_counter() - start, memory.peak


def main() -> None:
    """One path, then draws by the number of workers."""
    function = ensemble().function
    buyers = market().demand
    with one_blas_thread():
        function({"shelf": 0.05, "fade": 0.1})
        times = []
        for _ in range(3):
            start = time.perf_counter()
            function({"shelf": 0.05, "fade": 0.1})
            times.append(time.perf_counter() - start)
    (offers, cells), types = buyers.utility.shape, buyers.taste.shape[1]
    size = f"{offers} offers, {cells} cells x {types} types"
    print(f"one path, {PERIODS} quarters, {size}: {min(times):.2f} s")
    serial = {draws: timed(draws, 1)[0] for draws in (48, 96)}
    for draws, alone in serial.items():
        two, peak = timed(draws, 2)
        print(
            f"{draws} paths: {alone:.1f} s in one process, {two:.1f} s in two "
            f"({alone / two:.2f} times as fast), peak {peak:.0f} MiB a process"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        count = int(sys.argv[1])
        seconds, peak = timed(count, 2)
        print(f"{count} paths in two processes: {seconds:.0f} s, {peak:.0f} MiB a process")
    else:
        main()
