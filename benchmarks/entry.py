"""Entries among BLP's automobiles, 1980 to 1990, each predicted from all earlier years.

The tables of docs/entry.md: plain logit, new models and new nameplates; random coefficients with
supply, prices set by firms, parameters estimated in every year and in every third.

    python benchmarks/entry.py            logit, a few seconds
    python benchmarks/entry.py --random   random coefficients too, a minute or two
    python benchmarks/entry.py --plot     logit's calibration plot, calibration.svg
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import pandas as pd
from pyblp.data import BLP_AGENTS_LOCATION, BLP_PRODUCTS_LOCATION

import inroads as ir

LOGIT = ir.Demand("1 + prices + hpwt + air + mpd + space")
RANDOM = ir.Demand(
    "1 + hpwt + air + mpd + space",
    random="1 + prices + hpwt + air + mpd + space",
    demographics="0 + I(1 / income)",
)
#: what price promises shrunk by itself
PRICE_GAP = "1 + firm_quality + utility_gap + price_gap"
COSTS = ir.Supply("1 + log(hpwt) + air + log(mpg) + log(space) + trend", lowest=0.001)
START = {
    "sigma": [3.612, 0, 4.628, 1.818, 1.050, 2.056],
    "pi": [[0], [-43.501], [0], [0], [0], [0]],
}


def products() -> pd.DataFrame:
    """With nameplates: models without the year in which they were last changed."""
    table = pd.read_csv(BLP_PRODUCTS_LOCATION)
    return table.assign(nameplate=table["clustering_ids"].str[:-2])


def agents() -> pd.DataFrame:
    """Nodes in the order of `random`, none for prices."""
    table = pd.read_csv(BLP_AGENTS_LOCATION)
    nodes = {f"nodes{k}": f"nodes{k + 1}" for k in range(1, 5)}
    return table.rename(columns=nodes).assign(nodes1=0.0)


def row(name: str, scores: pd.Series) -> str:
    """A line of a table of scores."""
    cells = [name, f"{int(scores['entries'])}", f"{scores['crps']:.3f}"]
    cells.append("" if not scores["gain"] else f"{scores['gain']:.1%} ({scores['gain_error']:.1%})")
    cells.append("" if pd.isna(scores["log_score"]) else f"{scores['log_score']:.3f}")
    for level in (50, 80, 90):
        low, high = scores[f"coverage_{level}_low"], scores[f"coverage_{level}_high"]
        cells.append(f"{scores[f'coverage_{level}']:.1%} ({low:.1%}–{high:.1%})")
    return "| " + " | ".join(cells) + " |"


def table(title: str, scores: pd.DataFrame) -> None:
    """Print a table of scores as the page has it."""
    print(f"\n{title}\n")
    print("| forecast | entries | CRPS | gain (s.e.) | log score | 50 % | 80 % | 90 % |")
    print("|---|---|---|---|---|---|---|---|")
    for name, scored in scores.iterrows():
        print(row(str(name), scored))


def logit() -> ir.Retrodiction:
    """Plain logit: new models, successors apart, new firms, new nameplates."""
    panel = ir.read_panel(products())
    past = ir.retrodict(LOGIT, panel, first=1980, new="clustering_ids")
    table(f"logit (uniformity p = {past.uniformity:.2f})", past.scores)
    last = ir.retrodict(LOGIT, panel, first=1980, new="clustering_ids", rivals="last")
    table(f"rivals=last (uniformity p = {last.uniformity:.2f})", last.scores)
    table("of firms new to the market", past.scores_by("firm_is_new").loc[True])
    first = products().groupby("nameplate")["market_ids"].min()
    nameplates = past.frame["product"].str[:-2].map(first)
    successors = past.frame.assign(successor=nameplates < past.frame["period"])
    groups = replace(past, frame=successors).scores_by("successor")
    for value, name in ((True, "nameplates sold before"), (False, "nameplates that are new")):
        table(name, groups.loc[value])
    new = past.frame[past.frame["firm_is_new"]]
    columns = ["period", "product", "happened", "share", "share_low_80", "share_high_80", "below"]
    print(new[columns].to_string())
    print(past.prior.quality.coefficients.round(3).to_string())
    print(past.prior.quality.deviations.round(3).to_string())
    print(f"degrees of freedom {past.prior.quality.dof:.1f}")
    for rivals in ("realised", "last"):
        gap = ir.retrodict(
            LOGIT, panel, first=1980, new="clustering_ids", effects=PRICE_GAP, rivals=rivals
        )
        table(f"price_gap, rivals={rivals} (uniformity p = {gap.uniformity:.2f})", gap.scores)
    print(gap.prior.quality.coefficients.round(3).to_string())
    names = ir.retrodict(LOGIT, panel, first=1980, new="nameplate")
    table(f"new=nameplate (uniformity p = {names.uniformity:.2f})", names.scores)
    return past


def random_coefficients(rivals: Any, every: int, effects: str | None = None) -> None:
    """BLP's demand and supply."""
    chosen: dict[str, Any] = {} if effects is None else {"effects": effects}
    panel = ir.read_panel(products(), agents())
    begin = time.perf_counter()
    past = ir.retrodict(
        RANDOM,
        panel,
        COSTS,
        first=1980,
        new="clustering_ids",
        start=START,
        errors="clustered",
        n_starts=1,
        rivals=rivals,
        every=every,
        **chosen,
    )
    seconds = time.perf_counter() - begin
    title = f"random coefficients, rivals={rivals}, every={every}, {effects}, {seconds:.0f} s"
    table(f"{title} (uniformity p = {past.uniformity:.2f})", past.scores)
    table("prices", past.price_scores)
    print("converged:", past.parameters["converged"].all())


if __name__ == "__main__":
    automobiles = logit()
    if "--plot" in sys.argv:
        automobiles.calibration_plot().save("calibration.svg")
    if "--random" in sys.argv:
        for rivals, every in (("realised", 1), ("last", 1), ("realised", 3)):
            random_coefficients(rivals, every)
        for rivals in ("realised", "last"):
            random_coefficients(rivals, 1, PRICE_GAP)
