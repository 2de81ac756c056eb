"""Charts of deals: the range of each negotiation, and who has a deal with whom."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.deals import (
    first,
    matters_most,
    network,
    splits,
    stable,
    stays,
    strategy,
    talks,
)
from inroads.report.reading import Data, thing
from inroads.report.style import (
    BLUE,
    INK,
    ORANGE,
    PLOT,
    QUIET,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.words import apiece, gained

_MARKS = {
    "what it costs to make": ("making", INK, "stroke"),
    "agreed wholesale price": ("wholesale", BLUE, "circle"),
    "retail price that follows": ("price", ORANGE, "diamond"),
    "list price": ("list_price", QUIET, "square"),
}


def ranges_chart(data: Data) -> Any | None:
    """Wholesale prices at which both sides of each negotiation gain, and what goes with them."""
    rows = [t for t in talks(data) if splits(t)]
    if not rows:
        return None
    cases = [wrapped(f"{t['maker']} and {t['carrier']}") for t in rows]
    bars = pd.DataFrame(
        [{"case": c, "low": t["lowest"], "high": t["highest"]}
         for c, t in zip(cases, rows, strict=True)]
    )  # fmt: skip
    marks = pd.DataFrame(
        [{"case": c, "what": what, "dollars": t[key]}
         for c, t in zip(cases, rows, strict=True) for what, (key, _, _) in _MARKS.items()]
    )  # fmt: skip
    edge = 0.06 * float(max(bars["high"].max(), marks["dollars"].max()))
    top = float(max(bars["high"].max(), marks["dollars"].max())) + edge
    axis = alt.Axis(format="$,.0f", title=f"dollars a {thing(data)}", tickCount=7)
    x: dict[str, Any] = {"scale": alt.Scale(domain=[0, top], nice=False), "axis": axis}
    y = alt.Y("case:N", sort=None, axis=rows_axis())
    span = (
        alt.Chart(bars)
        .mark_bar(height=16, color=BLUE, opacity=0.22, cornerRadius=3)
        .encode(y=y, x=alt.X("low:Q", **x), x2="high:Q")
    )
    names = list(_MARKS)
    point = (
        alt.Chart(marks)
        .mark_point(filled=True, opacity=1, size=110, strokeWidth=2.5)
        .encode(
            y=y,
            x=alt.X("dollars:Q", **x),
            color=alt.Color("what:N", title=None, sort=None,
                            scale=alt.Scale(domain=names, range=[_MARKS[n][1] for n in names])),
            shape=alt.Shape("what:N", title=None, sort=None,
                            scale=alt.Scale(domain=names, range=[_SHAPES[_MARKS[n][2]]
                                                                 for n in names])),
        )
    )  # fmt: skip
    main = first(data)
    main = main if main in rows else rows[0]
    n, every = len(rows), len(talks(data))
    which = f"{n} of {every}" if n < every else {1: "the only", 2: "both"}.get(n, f"all {n}")
    noun = "negotiation" if every == 1 else "negotiations"
    title = (
        f"Both sides gain in {which} {noun}: {main['maker']} and "
        f"{main['carrier']} from {apiece(main['lowest'])} to {apiece(main['highest'])}, agreed at "
        f"{apiece(main['wholesale'])}"
    )
    return titled(
        alt.layer(span, point).properties(width=PLOT, height=alt.Step(34)),
        title,
        "Bar: wholesale prices at which both sides gain, at these retail prices. Below its left "
        "end the maker, above its right end the carrier would rather do without. Each "
        f"negotiation is the entrant's only one. {matters_most(data, 'wholesale')}",
    )


_SHAPES = {"stroke": "M-0.15,-1L0.15,-1L0.15,1L-0.15,1Z", "circle": "circle",
           "diamond": "diamond", "square": "square"}  # fmt: skip


def network_chart(data: Data) -> Any | None:
    """Makers and carriers as points, possible deals as lines, those of the stable network thick."""
    nets = strategy(data).get("networks") or {}
    pairs = nets.get("pairs") or []
    if not pairs or not nets.get("rows"):
        return None
    kept = set(stays(data))
    shown = network(data, stable(data)[0]) if stable(data) else None
    terms = {(t["maker"], t["carrier"]): t for t in (shown or {}).get("terms") or []}
    for t in talks(data):
        terms.setdefault((t["maker"], t["carrier"]), t)
    makers = list(dict.fromkeys(p["maker"] for p in pairs))
    carriers = list(dict.fromkeys(p["carrier"] for p in pairs))
    at = _spread(makers) | _spread(carriers)
    edges = []
    for k, p in enumerate(pairs):
        t = terms[p["maker"], p["carrier"]]
        part = 0.3 if k % 2 == 0 or len(carriers) == 1 else 0.36
        y0, y1 = at[p["maker"]], at[p["carrier"]]
        joint = t["maker_gain"] + t["carrier_gain"]
        edges.append({
            "x": 0.0, "y": y0, "x2": 1.0, "y2": y1, "lx": part, "ly": y0 + part * (y1 - y0),
            "said": f"{apiece(t['wholesale'])} · {gained(joint)}",
            "made": (p["maker"], p["carrier"]) in kept,
        })  # fmt: skip
    frame = pd.DataFrame(edges)
    nodes = pd.DataFrame(
        [{"name": n, "x": 0.0, "y": at[n]} for n in makers]
        + [{"name": n, "x": 1.0, "y": at[n]} for n in carriers]
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.03, 1.03]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.12, 1.12]))
    layers = []
    for made, width, colour, dash in ((False, 1.5, QUIET, [4, 4]), (True, 6, BLUE, [1, 0])):
        line = alt.Chart(frame[frame["made"] == made]).mark_rule(
            strokeWidth=width, color=colour, strokeDash=dash, opacity=0.75
        )
        if (frame["made"] == made).any():
            layers.append(line.encode(x=x, y=y, x2="x2", y2="y2"))
    place = {"x": alt.X("lx:Q", axis=None), "y": alt.Y("ly:Q", axis=None), "text": "said:N"}
    words = alt.Chart(frame)
    layers.append(
        words.mark_text(stroke="white", strokeWidth=12, strokeJoin="round").encode(**place)
    )
    layers.append(words.mark_text(fontWeight="bold").encode(**place))
    dots = alt.Chart(nodes)
    layers.append(dots.mark_circle(size=420, color=INK, opacity=1).encode(x=x, y=y))
    sides: Any = ((0.0, "right", -18), (1.0, "left", 18))
    for side, align, dx in sides:
        name = alt.Chart(nodes[nodes["x"] == side]).mark_text(
            align=align, dx=dx, fontSize=15, fontWeight="bold"
        )
        layers.append(name.encode(x=x, y=y, text="name:N"))
    height = 120 * max(len(makers), len(carriers))
    return titled(
        alt.layer(*layers).properties(width=PLOT - 60, height=height),
        _network_title(len(pairs), kept, len(stable(data))),
        "Thick: deals of every stable network, in which nobody gains by leaving a deal and no two "
        "by making one. Labels: wholesale price, and what the deal adds to both sides' profits "
        f"a {data['study'].get('per', 'quarter')} with the others in place. "
        f"{matters_most(data, 'joint')}",
    )


def _network_title(possible: int, kept: set[tuple[str, str]], found: int) -> str:
    if not found:
        return f"No network of the {possible} possible deals is stable"
    if len(kept) == possible:
        return f"All {possible} deals would be made: the only network that is stable"
    only = "the only stable network" if found == 1 else f"each of {found} stable networks"
    return f"{len(kept)} of {possible} possible deals are in {only}"


def _spread(names: list[str]) -> dict[str, float]:
    """Places from top to bottom; one name in the middle."""
    if len(names) == 1:
        return {names[0]: 0.5}
    return {n: 1 - k / (len(names) - 1) for k, n in enumerate(names)}
