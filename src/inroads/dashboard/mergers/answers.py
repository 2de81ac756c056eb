"""A merger's answer: figures, a picture and tables, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

import altair as alt
import pandas as pd

from inroads.dashboard.figure import Figure
from inroads.dashboard.mergers.merger_cases import MergerCase, MergerOutcome, solve_merger
from inroads.dashboard.picture import Picture, named_rows
from inroads.errors import InroadsError
from inroads.report.chart_style import BLUE, RED
from inroads.report.format import number, percent


@dataclass(frozen=True, kw_only=True)
class MergerAnswer:
    """What came of a case: its outcome, or why there is none."""

    case: MergerCase
    outcome: MergerOutcome | None = None
    problem: str = ""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def merger_answer(case: MergerCase) -> MergerAnswer:
    """A merger solved, or the message that says why not."""
    try:
        outcome = solve_merger(case)
        tables = {
            "Effects": outcome.offers,
            "Margins": outcome.margins,
            "Numbers": pd.Series(outcome.numbers, name="value").rename_axis("what").to_frame(),
        }
        return MergerAnswer(case=case, outcome=outcome, tables=tables)
    except InroadsError as error:
        return MergerAnswer(case=case, problem=str(error))


def merger_figures(outcome: MergerOutcome) -> list[Figure]:
    """The figures of a merger."""
    n = outcome.numbers
    calibrated = [f"alpha {number(n['alpha'], 3)}", f"outside {percent(n['outside'], 2)}"]
    calibrated += [f"rho {number(n['rho'], 3)}"] if "rho" in n else []
    if "channel_weight" in n:
        calibrated.append(f"retailers' weight {number(n['channel_weight'], 3)}")
    rise = n["hhi_after"] - n["hhi_before"]
    return [
        Figure(
            what="Mean price change of merging firms",
            value=_percent(n["price_change_of_merging"]),
            more=f"{_percent(n['price_change'])} of all products, by shares",
            is_first=True,
        ),
        Figure(
            what="HHI, at shares before",
            value=f"{n['hhi_after']:,.0f}",
            more=f"from {n['hhi_before']:,.0f}: {rise:+,.0f}",
        ),
        Figure(
            what="Compensating variation",
            value=number(n["compensating_variation"], 4),
            more="what consumers lose, in units of prices",
        ),
        Figure(what="Change of all profits", value=number(n["profit_change"], 4)),
        Figure(what="Calibrated", value=calibrated[0], more=", ".join(calibrated[1:])),
    ]


def _percent(fraction: float) -> str:
    return f"{100 * fraction:+.1f}%".replace("-", "−")


def merger_picture(offers: pd.DataFrame) -> Picture:
    """Price changes by product, the largest first."""
    rows = offers["price_change"].sort_values(ascending=False).head(20)
    frame = pd.DataFrame({"row": rows.index.astype(str), "change": 100 * rows.to_numpy()})
    x = alt.X("change:Q", title="change of price, percent", axis=alt.Axis(tickCount=5))
    colour = alt.condition("datum.change < 0", alt.value(RED), alt.value(BLUE))
    chart = alt.Chart(frame).mark_bar(height=15)
    return Picture(
        name="prices",
        title=f"{rows.index[0]} changes most: {rows.iloc[0]:+.1%}".replace("-", "−"),
        note="Prices of the equilibrium after the merger against those of the table.",
        chart=chart.encode(y=named_rows(list(frame["row"])), x=x, color=colour).properties(
            height=alt.Step(26)
        ),
    )
