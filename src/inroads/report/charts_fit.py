"""Charts of the fit: targets against the model, and what pins each parameter."""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt
import pandas as pd

from inroads.report.reading import Data, is_percent
from inroads.report.style import BLUE, INK, LINES, PLOT, RED, rows_axis, titled, wrapped
from inroads.report.words import number


def value_words(data: Data, name: str, value: float) -> str:
    """A target's value: a percentage where the study states it as one."""
    text = f"{100 * value:.3g}%" if is_percent(data, name) else f"{value:.3g}"
    return text.replace("-", "−")


def hundredths(x: float) -> str:
    """Two decimals, with a true minus sign, and none before zero."""
    return f"{x:.2f}".replace("-", "−").replace("−0.00", "0.00")


def targets_chart(data: Data) -> Any | None:
    """How far the fitted value of each target is from it, in standard errors of the target."""
    targets = data["calibration"].get("targets") or []
    if not targets:
        return None
    rows = [
        {
            "case": wrapped(t["label"]),
            "miss": t["misses_by"],
            "said": f"target {value_words(data, t['name'], t['target'])} ± "
            f"{value_words(data, t['name'], t['error'])}, fitted "
            f"{value_words(data, t['name'], t['fitted'])}",
        }
        for t in targets
    ]
    worst = max(targets, key=lambda t: abs(t["misses_by"]))
    miss = abs(worst["misses_by"])
    title = f"The worst miss of {len(targets)} targets is {number(miss, 2)} standard errors"
    if miss > 0.05:
        title += f": “{worst['label']}”"
    reach = max(2.5, 1.1 * miss)
    frame = pd.DataFrame(rows)
    axis = alt.Axis(title="fitted minus target, in standard errors of the target", tickCount=6)
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    bands = pd.DataFrame({"from": [-2.0, -1.0], "to": [2.0, 1.0]})
    shade = alt.Chart(bands).mark_rect(opacity=0.1, color=BLUE)
    band = shade.encode(x=alt.X("from:Q", scale=scale, axis=axis), x2="to:Q")
    base = alt.Chart(frame).encode(y=alt.Y("case:N", sort=None, axis=rows_axis()))
    x = alt.X("miss:Q", scale=scale, axis=axis)
    stem = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=x, x2=alt.datum(0.0))
    dot = base.mark_circle(size=110, opacity=1, color=BLUE).encode(x=x)
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=INK).encode(x="at:Q")
    text = base.mark_text(align="left", color=INK).encode(x=alt.value(PLOT - 205), text="said:N")
    chart = alt.layer(band, zero, stem, dot, text)
    return titled(
        chart.properties(width=PLOT - 220, height=alt.Step(38)),
        title,
        "Shaded: within one and within two standard errors of the target.",
    )


def sensitivity_chart(data: Data) -> Any | None:
    """How far each parameter moves when a target moves, in standard errors of both."""
    fitted = data["calibration"]
    found = fitted.get("sensitivity") or {}
    targets = {t["name"]: t["label"] for t in fitted.get("targets") or []}
    rows = []
    for p in fitted.get("parameters") or []:
        error = p.get("standard_error")
        for name, value in (found.get(p["name"]) or {}).items():
            if value is None or not error:
                continue
            rows.append({
                "parameter": wrapped(p["label"]),
                "target": "\n".join(textwrap.wrap(targets.get(name, name), 13)),
                "moves": value / error, "said": hundredths(value / error),
            })  # fmt: skip
    if not rows:
        return None
    frame = pd.DataFrame(rows)
    strong = frame.loc[frame["moves"].abs().groupby(frame["parameter"]).idxmax()]
    alone = int((strong["moves"].abs() > 0.9).sum())
    n = len(strong)
    title = f"{alone} of {n} parameters are pinned almost alone by one target"
    columns = frame["target"].nunique()
    x = alt.X("target:N", sort=None, title="target", axis=alt.Axis(
        labelAngle=0, labelFontSize=11.5, labelExpr=LINES, ticks=False, domain=False,
        labelLimit=200, labelAlign="center"))  # fmt: skip
    base = alt.Chart(frame).encode(x=x, y=alt.Y("parameter:N", sort=None, axis=rows_axis()))
    scale = alt.Scale(
        domain=[-1, 0, 1], range=[RED, "#f4f5f6", BLUE], clamp=True, interpolate="rgb"
    )
    colour = alt.Color("moves:Q", legend=None, scale=scale)
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour)
    text = base.mark_text().encode(
        text="said:N",
        color=alt.condition("abs(datum.moves) > 0.7", alt.value("white"), alt.value(INK)),
    )
    chart = alt.layer(cells, text).properties(width=min(PLOT, 100 * columns), height=alt.Step(42))
    return titled(
        chart,
        title,
        "One standard error more in the target of a column moves the parameter of a row by so many "
        "of its own standard errors (blue up, red down). Near 1 or −1: the target decides it.",
    )
