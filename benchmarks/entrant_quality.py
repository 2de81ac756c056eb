"""What the quality of entrants' phones in us-2018 is made of, taken apart step by step.

    python benchmarks/entrant_quality.py [--placebo]

Units a quarter of Huawei and Xiaomi with AT&T and Verizon, at list prices and with carriers setting
prices: least squares with makers' dummies, Xiaomi like four makers without a carrier (as the study
first had it); makers' effects random; the population that predicts best; price tiers;
selective awareness; past launches. Last, what each step takes makers left out to be worth.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from inroads.entry.maker_placebo import MakerPlacebo, maker_placebo
from inroads.market.market import Market
from inroads.results.placebo import Population
from inroads.study.load import Study, load_study
from inroads.study.market.build_market import resolve_number
from inroads.study.market.firms import calibrate_firms
from inroads.study.market.hedonic import LineData, line_data
from inroads.study.negotiations.entry_game import entry_game
from inroads.study.negotiations.negotiations import entrant_deals
from inroads.study.scenario_list import scenarios_of

FIRST = "log(ram) + screen + age"
LIKE = ("Huawei", "OnePlus", "Essential", "ASUS")
PARTNERS = ("AT&T", "Verizon")


def study_with(*, selective: bool, formula: str | None = None, like: bool = False) -> Study:
    """us-2018 with some of it undone."""
    study = load_study("us-2018")
    config = study.config
    assert config.hedonic is not None
    if not selective:
        consumers = config.consumers.model_copy(update={"selective": None})
        config = config.model_copy(update={"consumers": consumers})
    changes: dict[str, object] = {"formula": formula or config.hedonic.formula}
    if like:
        changes["like"] = {"Xiaomi": LIKE}
    hedonic = config.hedonic.model_copy(update=changes)
    return replace(study, config=config.model_copy(update={"hedonic": hedonic}))


def data_of(study: Study) -> LineData:
    """What the study's line is drawn through."""
    fitted = study.fitted
    products = fitted.market.products
    quality = products["quality"].mask(fitted.quality_error > 0)
    return line_data(study, replace(fitted.market, products=products.assign(quality=quality)))


def least_squares(data: LineData, new: pd.DataFrame, maker: str) -> tuple[np.ndarray, np.ndarray]:
    """Qualities and errors by makers' dummies; one never seen stands like the mean of LIKE."""
    makers = list(pd.unique(data.manufacturer))
    dummies = [(data.manufacturer == m).to_numpy(float) for m in makers]
    design = np.column_stack([data.X.to_numpy(float), *dummies])
    y, k = data.quality.to_numpy(float), design.shape[1]
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    variance = float(((y - design @ beta) ** 2).sum() / (len(y) - k))
    covariance = variance * np.linalg.pinv(design.T @ design)
    sources = [maker] if maker in makers else [m for m in LIKE if m in makers]
    rows = np.zeros((len(new), k))
    rows[:, : data.X.shape[1]] = new
    places = [data.X.shape[1] + makers.index(m) for m in sources]
    rows[:, places] = 1 / len(places)
    spread = np.var(beta[places], ddof=1) if len(places) > 1 else 0.0
    error = np.sqrt(variance + spread + np.einsum("np,pq,nq->n", rows, covariance, rows))
    return rows @ beta, error


def first_line(study: Study) -> tuple[Market, pd.Series]:
    """The market with qualities by least squares, and their errors."""
    market, data = study.fitted.market, data_of(study)
    products, error = market.products.copy(), study.fitted.quality_error.copy()
    for maker, rows in data.unsold.groupby(products["manufacturer"], sort=False):
        products.loc[rows.index, "quality"], error[rows.index] = least_squares(
            data, rows, str(maker)
        )
    return replace(market, products=products), error


def first_placebo(data: LineData) -> MakerPlacebo:
    """Each maker left out, and predicted as Xiaomi was."""
    parts = []
    for maker in pd.unique(data.manufacturer):
        out = data.manufacturer == maker
        others = replace(
            data, quality=data.quality[~out], X=data.X[~out], manufacturer=data.manufacturer[~out]
        )
        mean, error = least_squares(others, data.X[out], "never seen")
        parts.append(
            pd.DataFrame(
                {"manufacturer": maker, "log_ratio": mean - data.quality[out],
                 "standard_error": error}
            )
        )  # fmt: skip
    return MakerPlacebo(pd.concat(parts))


def answer(study: Study, market: Market, error: pd.Series) -> list[str]:
    """Units at list prices and with carriers setting prices, and quality, by entrant."""
    entry, firms = study.config.entry, calibrate_firms(study, market)
    assert entry is not None
    assert firms is not None
    game = entry_game(study, entry, market, firms)
    scenarios = {
        s.name: s for s in scenarios_of(study.config, market, partial(resolve_number, study))
    }
    cells = []
    for entrant in entry.entrants:
        maker = entrant.manufacturer
        name = f"{maker.lower()}-with-att-and-verizon"
        listed = float(market.after(*scenarios[name].moves).solve().sales()[maker])
        deals = entrant_deals(game, maker, PARTNERS, error)
        product = entrant.main_products[0]
        cells += [
            f"{market.products.loc[product, 'quality']:.2f} ± {error[product]:.2f}",
            f"{listed / 1e3:,.0f}",
            f"{deals.units / 1e3:,.0f} "
            f"({deals.units_low / 1e3:,.0f} to {deals.units_high / 1e3:,.0f})",
            f"${deals.manufacturer_gain / 1e6:,.0f}M",
        ]
    return cells


def launch_steps(study: Study) -> list[tuple[str, tuple[Market, pd.Series]]]:
    """What past launches make of it: of the mean, of the error by launch, and by channel."""
    unsold = study.calibrated.unsold
    assert unsold.correction is not None
    alike = replace(unsold, correction=replace(unsold.correction, channel_spread=0.0))
    return [
        ("the mean of past launches", (unsold.market, unsold.error)),
        ("their spread, and the error of their mean", (unsold.market, alike.error_at(2))),
        ("makers' standing from channel to channel", (unsold.market, unsold.error_at(2))),
    ]


def main() -> None:
    """Prints both tables."""
    steps = (
        ("least squares, Xiaomi like four makers", study_with(selective=False, formula=FIRST)),
        ("makers' effects random", study_with(selective=False, formula=FIRST, like=True)),
        ("the population that the placebo chooses", study_with(selective=False, formula=FIRST)),
        ("price tiers among the specifications", study_with(selective=False)),
        ("selective awareness", study_with(selective=True)),
    )
    print("| step | Mate 10 Pro | at list, thousand | prices answering | gain a quarter "
          "| Mi MIX 2 | at list, thousand | prices answering | gain a quarter |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for k, (name, study) in enumerate(steps):
        market, error = study.fitted.market, study.fitted.quality_error
        if k == 0:
            market, error = first_line(study)
        populations = study.fitted.unsold.populations
        assert populations is not None
        if k > 1:
            name += f" ({populations.chosen.value.replace('_', ' ')})"
        print("|", " | ".join([name, *answer(study, market, error)]), "|", flush=True)
    first, last = steps[0][1], steps[-1][1]
    for name, of in launch_steps(last):
        print("|", " | ".join([name, *answer(last, *of)]), "|", flush=True)
    chosen = last.fitted.unsold.populations
    assert chosen is not None
    data = data_of(first)
    for name, placebo in (
        ("first", first_placebo(data)),
        (
            "first, random effects and all makers",
            maker_placebo(data.quality, data.X, data.manufacturer),
        ),
        ("last", chosen.placebos[chosen.chosen]),
        ("last, all makers", chosen.placebos[Population.ALL]),
    ):
        print(
            f"\n{name}: mean log ratio {placebo.mean:.2f} ± {placebo.mean_error:.2f}, "
            f"rmse {placebo.rmse:.2f}"
        )
        if "--placebo" in sys.argv:
            for product, row in placebo.table.iterrows():
                at, reach = row["log_ratio"], 1.645 * row["standard_error"]
                print(f"| {row['manufacturer']} | {product} | {math.exp(at):.2f} | "
                      f"{math.exp(at - reach):.2f} to {math.exp(at + reach):.2f} | "
                      f"{at / row['standard_error']:.1f} |")  # fmt: skip


if __name__ == "__main__":
    main()
