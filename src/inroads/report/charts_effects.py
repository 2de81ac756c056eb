"""Charts of what deals do to others: to the value of other deals, and to present makers."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.deals import headlines, matters_most, strategy
from inroads.report.reading import Data
from inroads.report.style import (
    BLUE,
    COUNTS,
    GREEN,
    INK,
    ORANGE,
    PINK,
    PLOT,
    RED,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.words import money, number


def effects_chart(data: Data) -> Any | None:
    """What each deal takes off the value of each other, in percent."""
    effects = [
        e for e in (strategy(data).get("networks") or {}).get("effects") or [] if e["alone"] > 0
    ]
    if len(effects) < 2:
        return None
    pairs = {p["deal"]: p for p in strategy(data)["networks"]["pairs"]}

    def said(deal: str) -> str:
        return f"{pairs[deal]['maker']} and {pairs[deal]['carrier']}"

    frame = pd.DataFrame(
        [{"deal": wrapped(f"{said(e['deal'])}: {money(e['alone'])}"),
          "beside": f"{pairs[e['beside']]['maker']}\nand {pairs[e['beside']]['carrier']}",
          "change": 100 * (e["together"] / e["alone"] - 1)} for e in effects]
    )  # fmt: skip
    frame["said"] = [f"{number(c, 2)}%" for c in frame["change"]]
    others = [e for e in effects if pairs[e["deal"]]["maker"] != pairs[e["beside"]]["maker"]]
    worst = min(others or effects, key=lambda e: e["together"] / e["alone"])
    title = "No deal takes anything off the value of another"
    if worst["together"] < worst["alone"]:
        title = (
            f"{pairs[worst['beside']]['maker']}'s deal with {pairs[worst['beside']]['carrier']} "
            f"takes {number(100 * (1 - worst['together'] / worst['alone']), 2)} percent off "
            f"{pairs[worst['deal']]['maker']}'s gain from {pairs[worst['deal']]['carrier']}"
        )
    lines = "split(datum.label, '\\n')"
    order = [f"{p['maker']}\nand {p['carrier']}" for p in pairs.values()]
    x = alt.X("beside:N", sort=order, title="beside the deal of", axis=alt.Axis(
        labelAngle=0, labelExpr=lines, ticks=False, domain=False, labelLimit=200,
        labelAlign="center"))  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=alt.Y("deal:N", sort=None, axis=rows_axis()))
    most = max(1e-9, float(frame["change"].abs().max()))
    scale = alt.Scale(domain=[-most, 0, most], range=[RED, "#f4f5f6", GREEN], interpolate="rgb")
    colour = alt.Color("change:Q", legend=None, scale=scale)
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour)
    text = base.mark_text().encode(
        text="said:N",
        color=alt.condition(
            f"abs(datum.change) > {0.7 * most}", alt.value("white"), alt.value(INK)
        ),
    )
    per = data["study"].get("per", "quarter")
    return titled(
        alt.layer(cells, text).properties(width=min(PLOT, 130 * frame["beside"].nunique()),
                                          height=alt.Step(44)),
        title,
        f"Change of what the row's deal brings its maker (dollars a {per} without any other deal, "
        "at the left) when the column's deal is made too; all entrants on sale unlocked. "
        f"{matters_most(data, 'maker_gain')}",
    )  # fmt: skip


def losers_chart(data: Data) -> Any | None:
    """Units that each present maker loses to each entrant's deals."""
    found = [h for h in headlines(data) if h["lost"]]
    if not found:
        return None
    rows = []
    for h in found:
        for maker, change in sorted(h["lost"].items(), key=lambda item: item[1]):
            rows.append({"who": maker, "change": change, "entrant": f"to {h['maker']}"})
    frame = pd.DataFrame(rows)
    total = frame.groupby("who")["change"].sum().sort_values()
    order = [who for who in total.index if abs(total[who]) > 0.005 * abs(total.min())]
    frame = frame[frame["who"].isin(order)]
    first_lost = {h["maker"]: min(h["lost"], key=lambda m: h["lost"][m]) for h in found}
    parts = []
    for h in found:
        worst = first_lost[h["maker"]]
        gain = h["units"] - h["units_alone"]
        parts.append(f"{number(-100 * h['lost'][worst] / gain, 2)} percent of {h['maker']}'s gain")
    names = list(dict.fromkeys(first_lost.values()))
    lead = f"{names[0]} loses most" if len(names) == 1 else " and ".join(names) + " lose most"
    scale = alt.Scale(domain=[f"to {h['maker']}" for h in found], range=[BLUE, ORANGE, GREEN, PINK])
    axis = alt.Axis(labelExpr=COUNTS, title=f"change in {data['study'].get('unit', 'units')} a "
                    f"{data['study'].get('per', 'quarter')}", tickCount=6)  # fmt: skip
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y("who:N", sort=order, axis=rows_axis()),
            x=alt.X("change:Q", axis=axis, scale=alt.Scale(nice=False)),
            yOffset=alt.YOffset("entrant:N", sort=None),
            color=alt.Color("entrant:N", title=None, scale=scale, sort=None),
        )
    )
    return titled(
        bars.properties(width=PLOT, height=alt.Step(13)),
        f"{lead}: {' and '.join(parts)}",
        "Each entrant's deals with the partners of the answer, alone, against selling without "
        "partners; carriers set retail prices, present makers' wholesale prices stand. "
        f"{matters_most(data, 'units')}",
    )
