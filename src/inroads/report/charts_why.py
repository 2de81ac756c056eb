"""Charts of why: what the gain is made of, being known, and what the answer hangs on."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.reading import (
    Data,
    alone,
    decompositions,
    entrants,
    hangs_most,
    headline,
    headline_scenario,
    list_prices,
    mechanism,
    partners_words,
    swings,
    units_word,
)
from inroads.report.style import (
    BLUE,
    COUNTS,
    DARK_TEXT,
    INK,
    ORANGE,
    PLOT,
    RED,
    log_x,
    mechanism_scale,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.words import joined, number, percent, with_unit


def decomposition_chart(data: Data) -> Any | None:
    """The gain of each deal by mechanism, stacked, one panel an entrant."""
    found = decompositions(data)
    if not found:
        return None
    names = list(found[0]["parts"])
    panels = []
    for who in dict.fromkeys(d["entrant"] for d in found):
        own = [d for d in found if d["entrant"] == who]
        largest = max(d["gain"] for d in own)
        rows = []
        for d in own:
            start = 0.0
            for k, name in enumerate(names):
                part = d["parts"].get(name, 0.0)
                roomy = d["gain"] > 0 and abs(part) > 0.06 * largest
                rows.append({
                    "case": wrapped(partners_words(d["partners"])), "mechanism": mechanism(name),
                    "order": k, "from": start, "to": start + part, "middle": start + part / 2,
                    "said": f"{100 * part / d['gain']:.0f}%" if roomy else "",
                    "dark": name in DARK_TEXT,
                })  # fmt: skip
                start += part
        panels.append(_stack(who, pd.DataFrame(rows), names, units_word(data)))
    return titled(
        alt.vconcat(*panels).resolve_scale(x="independent"),
        _largest_part(data, names),
        "What each deal adds to the entrant's sales, shared out by mechanism (Shapley: the "
        "average over all orders of switching them on). Percentages are of the gain; each "
        f"panel has its own scale.{hangs_most(data)}",
    )


def _stack(who: str, frame: pd.DataFrame, names: list[str], unit: str) -> Any:
    axis = alt.Axis(labelExpr=COUNTS, title=f"{unit} gained", tickCount=6)
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    bars = base.mark_bar(height=24, stroke="white", strokeWidth=1).encode(
        x=alt.X("from:Q", axis=axis), x2="to:Q",
        color=alt.Color("mechanism:N", title=None, scale=mechanism_scale(names), sort=None),
    )  # fmt: skip
    text = base.mark_text(fontWeight="bold").encode(
        x=alt.X("middle:Q", axis=axis), text="said:N",
        color=alt.condition("datum.dark", alt.value(INK), alt.value("white")),
    )  # fmt: skip
    return alt.layer(bars, text).properties(title=panel(who), width=PLOT, height=alt.Step(40))


def _largest_part(data: Data, names: list[str]) -> str:
    found = [d for d in decompositions(data, headline(data)) if d["gain"] > 0]
    if not found:
        return "Where the gain comes from"
    share = {n: sum(d["parts"].get(n, 0.0) / d["gain"] for d in found) for n in names}
    top = max(names, key=lambda n: share[n])
    said = joined([f"{percent(d['parts'][top] / d['gain'])} for {d['entrant']}" for d in found])
    return f"{mechanism(top)} is the largest part of the gain: {said}"


def awareness_chart(data: Data) -> Any | None:
    """Units against awareness, with and without partners, one panel an entrant."""
    partners = headline(data)
    series = {True: f"with {partners_words(partners)}", False: "without partners"}
    panels, found = [], []
    for name in entrants(data):
        rows = [
            {"known": 100 * s["awareness"], "with": series[bool(s["partners"])],
             "deal": bool(s["partners"])} | {k: s["entrants"][name].get(k) for k in
             ("units", "low", "high")}
            for s in alone(data, name, "awareness") if s.get("awareness") is not None
        ]  # fmt: skip
        frame = pd.DataFrame([r for r in rows if r["units"]])
        if frame.empty:
            continue
        panels.append((name, frame))
        first = frame[frame["known"] == frame["known"].min()].set_index("deal")["units"]
        if {True, False} <= set(first.index):
            found.append(f"{number(first[True] / first[False], 2)} times the sales for {name}")
    if not panels:
        return None
    known = min(f["known"].min() for _, f in panels)
    title = f"Known to {known:.0f} percent either way, partners still bring {joined(found)}"
    both = alt.hconcat(*(_ladder(n, f, list(series.values()), units_word(data)) for n, f in panels))
    return titled(
        both,
        title if found else "Sales by awareness",
        "Sales if this percentage of consumers knew the entrant. Band: quality of its devices one "
        "standard error lower and higher. Each step of the vertical axis multiplies."
        + hangs_most(data),
    )


def _ladder(name: str, frame: pd.DataFrame, series: list[str], unit: str) -> Any:
    scale, ticks = log_x([v for k in ("units", "low", "high") for v in frame[k].dropna()])
    y = alt.Y("units:Q", scale=scale, axis=alt.Axis(values=ticks, labelExpr=COUNTS,
              title=f"{unit} (log scale)"))  # fmt: skip
    x = alt.X("known:Q", title="percent of consumers who know it",
              scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=5))  # fmt: skip
    colour = alt.Color("with:N", title=None, scale=alt.Scale(domain=series, range=[BLUE, ORANGE]))
    base = alt.Chart(frame).encode(x=x, color=colour)
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", scale=scale, title=f"{unit} (log scale)"), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=60)).encode(y=y)
    return alt.layer(band, line).properties(title=panel(name), width=PLOT / 2 + 15, height=260)


def tornado_chart(data: Data) -> Any | None:
    """Units with each assumption at its low and its high, one panel an entrant."""
    found = swings(data)
    if not found:
        return None
    panels = []
    for name in found[0]["sides"]["low"]["entrants"]:
        rows = [
            {"case": wrapped(s["label"], 34), "side": side,
             "units": at["entrants"][name].get("units") or 0.0,
             "said": with_unit(at["at"], s["unit"] or "").split(" per ")[0]}
            for s in found for side, at in s["sides"].items()
        ]  # fmt: skip
        scenario = headline_scenario(data, name)
        central = scenario["entrants"][name].get("units") if scenario else None
        # A log scale has no place for nothing sold.
        if all(row["units"] > 0 for row in rows):
            panels.append((name, pd.DataFrame(rows), central))
    if not panels:
        return None
    values = [v for _, f, _ in panels for v in f["units"]]
    top = found[0]
    reach = joined(
        [f"{number(f[:2]['units'].max() / f[:2]['units'].min(), 2)} ({n})" for n, f, _ in panels]
    )
    return titled(
        alt.vconcat(*(_tornado(n, f, c, values, units_word(data)) for n, f, c in panels)),
        f"Most hangs on the {top['label']}: across its range sales change by a factor of {reach}",
        f"Sales{' at list prices' if list_prices(data) else ''} with "
        f"{partners_words(headline(data))} when one assumption moves to the low or the "
        "high end of its range and the market is fitted anew; the vertical line is the answer. "
        "Labels: the assumption's value.",
    )


def _tornado(
    name: str, frame: pd.DataFrame, central: float | None, values: list[float], unit: str
) -> Any:
    scale, ticks = log_x([*values, *([central] if central else [])])
    scale.domain = [scale.domain[0] / 1.7, scale.domain[1] * 1.5]
    axis = alt.Axis(values=ticks, labelExpr=COUNTS, title=f"{unit} (log scale)")
    frame = frame.assign(
        first=frame.groupby("case")["units"].transform("min").eq(frame["units"]),
    )
    y = alt.Y("case:N", sort=None, axis=rows_axis())
    x = alt.X("units:Q", scale=scale, axis=axis)
    base = alt.Chart(frame).encode(y=y)
    span = base.mark_rule(strokeWidth=5, color="#c3cbd3").encode(
        x=alt.X("min(units):Q", scale=scale, axis=axis), x2="max(units):Q"
    )
    colour = alt.Color("side:N", title="assumption at its",
                       scale=alt.Scale(domain=["low", "high"], range=[ORANGE, BLUE]))  # fmt: skip
    dots = base.mark_circle(size=110, opacity=1).encode(x=x, color=colour)
    left = base.transform_filter("datum.first").mark_text(align="right", dx=-9)
    right = base.transform_filter("!datum.first").mark_text(align="left", dx=9)
    texts = [side.encode(x=x, text="said:N") for side in (left, right)]
    layers: list[Any] = [span, dots, *texts]
    if central:
        line = alt.Chart(pd.DataFrame({"units": [central]})).mark_rule(color=RED, strokeDash=[4, 3])
        layers.insert(0, line.encode(x=x))
    return alt.layer(*layers).properties(title=panel(name), width=PLOT, height=alt.Step(38))
