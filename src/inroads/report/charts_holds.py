"""Charts of whether deals hold: the hazard that talks bear, and what politics does."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.deals import (
    matters_most,
    part,
    splits,
    talks,
)
from inroads.report.reading import Data, thing, things
from inroads.report.style import (
    BLUE,
    GREEN,
    INK,
    MILLIONS,
    ORANGE,
    PLOT,
    QUIET,
    RED,
    panel,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.words import money, number


def hazard_chart(data: Data) -> Any | None:
    """The political hazard up to which talks are worth their cost, against the one assumed."""
    rows = [t for t in talks(data) if splits(t)]
    if not rows:
        return None
    ahead = [t["ahead"] for t in rows]
    frame = pd.DataFrame(
        [{"case": wrapped(f"{t['maker']} and {t['carrier']}"), "limit": 100 * p["break_even"],
          "known": "talks known" if p["state"] != "none" else "no talks known",
          "said": f"{number(100 * p['break_even'], 2)}%  ·  worth {money(p['worth'])}"}
         for t, p in zip(rows, ahead, strict=True)]
    )  # fmt: skip
    p = ahead[0]
    odds = f"odds a {data['study'].get('per', 'quarter')} that politics stops the deal, percent"
    x: dict[str, Any] = {"scale": alt.Scale(domain=[0, 100]), "axis": alt.Axis(title=odds)}
    y = alt.Y("case:N", sort=None, axis=rows_axis())
    layers = []
    low, high = p.get("political_low"), p.get("political_high")
    assumed = f"Dashed: the hazard assumed, {100 * p['political']:g} percent"
    if low is not None and high is not None:
        band = pd.DataFrame([{"low": 100 * low, "high": 100 * high}])
        shade = alt.Chart(band).mark_rect(color=ORANGE, opacity=0.15)
        layers.append(shade.encode(x=alt.X("low:Q", **x), x2="high:Q"))
        assumed += f"; shaded: its range, {100 * low:g} to {100 * high:g}"
    line = alt.Chart(pd.DataFrame([{"at": 100 * p["political"]}]))
    layers.append(line.mark_rule(color=RED, strokeDash=[4, 3]).encode(x=alt.X("at:Q", **x)))
    base = alt.Chart(frame).encode(y=y, x=alt.X("limit:Q", **x))
    colour = alt.Color("known:N", title=None, sort=None, scale=alt.Scale(
        domain=["talks known", "no talks known"], range=[BLUE, QUIET]))  # fmt: skip
    layers.append(base.mark_circle(size=120, opacity=1).encode(color=colour))
    layers.append(base.mark_text(align="left", dx=10).encode(text="said:N"))
    limits = [q["break_even"] for q in ahead]
    title = (
        f"Talks bear a political hazard of up to {number(100 * min(limits), 2)} to "
        f"{number(100 * max(limits), 2)} percent a {data['study'].get('per', 'quarter')}; assumed: "
        f"{100 * p['political']:g}"
    )
    if min(limits) < p["political"]:
        bad = sum(limit < p["political"] for limit in limits)
        title = (
            f"At the hazard assumed, {bad} of {len(limits)} negotiations are not worth their cost"
        )
    return titled(
        alt.layer(*layers).properties(width=PLOT, height=alt.Step(30)),
        title,
        f"{assumed}. Beside each point: what talks are worth to the maker at the hazard assumed, "
        f"over {p['on_sale']:g} {data['study'].get('per', 'quarter')}s on sale, less "
        f"{money(p['launch_cost'])} for the launch. {matters_most(data, 'worth')}",
    )


def _short(row: Data) -> str:
    base = f", on {row['tariff']['base']}" if row["tariff"] else ""
    return wrapped(str(row["label"]).replace(base, ""), 34)


def politics_chart(data: Data) -> Any | None:
    """What each intervention does to the maker, carriers, other makers and consumers."""
    rows = part(data, "politics")
    if not rows:
        return None
    who = {
        "maker_profit_change": "the maker", "carriers_profit_change": "carriers",
        "rivals_profit_change": "other makers", "consumer_surplus_change": "consumers",
    }  # fmt: skip
    frame = pd.DataFrame(
        [{"case": _short(r), "maker": r["maker"], "who": name, "change": r[key]}
         for r in rows for key, name in who.items()]
    )  # fmt: skip
    scale = alt.Scale(domain=list(who.values()), range=[BLUE, ORANGE, QUIET, GREEN])
    panels = []
    for maker, own in frame.groupby("maker", sort=False):
        base = alt.Chart(own).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
        axis = alt.Axis(labelExpr=MILLIONS, tickCount=7,
                        title=f"dollars a {data['study'].get('per', 'quarter')}")  # fmt: skip
        x = alt.X("change:Q", axis=axis)
        span = base.mark_rule(strokeWidth=3, color="#d5dbe1").encode(
            x=alt.X("min(change):Q", axis=axis), x2="max(change):Q"
        )
        shape = alt.Shape(
            "who:N",
            title=None,
            sort=None,
            scale=alt.Scale(
                domain=list(who.values()), range=["circle", "diamond", "square", "triangle-up"]
            ),
        )
        dots = base.mark_point(filled=True, size=100, opacity=1).encode(
            x=x, shape=shape, color=alt.Color("who:N", title=None, sort=None, scale=scale)
        )  # fmt: skip
        zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
        panels.append(
            alt.layer(span, zero, dots).properties(
                title=panel(str(maker)), width=PLOT, height=alt.Step(38)
            )
        )
    taxes = [r for r in rows if r["tariff"]]
    lead = taxes[0] if taxes else rows[0]
    ban = next((r for r in rows if r["name"] == "barred-carriers" and r["maker"] == lead["maker"]),
               None)  # fmt: skip
    title = f"{lead['label']}: {lead['maker']} loses {money(-lead['maker_profit_change'])}"
    if ban is not None and taxes:
        ratio = ban["maker_profit_change"] / lead["maker_profit_change"]
        title = (
            f"A bar from carriers costs {lead['maker']} {number(ratio, 2)} times as much as a "
            f"{lead['tariff']['rate']:.0%} tariff on its {things(data)}, and carriers "
            f"{money(-ban['carriers_profit_change'])}"
        )
    return titled(
        alt.vconcat(*panels).resolve_scale(x="independent"),
        title,
        "Change against the deals with all partners of the answer. Tariffs are on customs value, "
        f"which is taken to be what a {thing(data)} costs to make; present makers' wholesale "
        "prices stand, carriers' retail prices and the entrant's terms answer. "
        f"{matters_most(data, 'joint')}",
    )
