"""The report as one HTML page that needs nothing else: no network, no scripts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from inroads.report import evidence
from inroads.report.answer import answer
from inroads.report.answer_time import listing_words
from inroads.report.charts import CHARTS, drawn, title_of
from inroads.report.charts_fit import hundredths, value_words
from inroads.report.deals import network, part, stable, strategy
from inroads.report.inputs import command
from inroads.report.limits import limits
from inroads.report.options_words import chances, options_words
from inroads.report.outlook import draws, rough, unseen
from inroads.report.reading import (
    MECHANISMS,
    Data,
    decompositions,
    headline,
    mechanism,
    partners_words,
    swings,
    thing,
    things,
    together,
    units_word,
)
from inroads.report.rows import headline_rows
from inroads.report.tables_holds import sheets
from inroads.report.tables_time import time_sheets
from inroads.report.words import about, dollars, joined, number, percent, rounded_to_sum, with_unit


def render(data: Data) -> str:
    """The report on a run's results as the text of an HTML page.

    Everything from the study is escaped; sources become links only where they are http or https.
    Sections without data are left out.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = evidence.known(data)
    environment.filters["linked"] = lambda text: evidence.cross_linked(text, names)
    environment.filters["about"] = about
    environment.filters["number"] = number
    environment.filters["percent"] = percent
    environment.filters["dollars"] = dollars
    fitted = data["calibration"]
    return environment.get_template("page.html.j2").render(
        data=data,
        study=data["study"],
        units=units_word(data),
        things=things(data),
        thing=thing(data),
        per=data["study"].get("per", "quarter"),
        answer=answer(data),
        sheets=sheets(data) | time_sheets(data),
        all_made=_all_made(data),
        firms=strategy(data).get("firms") or {},
        other_terms=_other_terms(data),
        events=[e | {"url": evidence.web(e.get("url"))} for e in part(data, "events")],
        rows=headline_rows(data),
        **_ahead(data),
        charts=_charts(data),
        together=_together(data),
        gains=gains_table(data),
        swings=[_swing(s, names) for s in swings(data)],
        targets=[_target(data, t) for t in fitted.get("targets") or []],
        checks=[_check(data, c) for c in fitted.get("checks") or []],
        parameters=[p | {"known": _known(p)} for p in fitted.get("parameters") or []],
        flat=[_direction(d) for d in fitted.get("flat") or []],
        worst_margin=max(
            (abs(m["fitted"] - m["observed"]) for m in fitted.get("margins") or []), default=0.0
        ),
        hedonic=_hedonic(data.get("hedonic")),
        groups=evidence.ledger_groups(data),
        counts=evidence.counts(data),
        limits=limits(data),
    )


def gains_table(data: Data) -> dict[str, Any] | None:
    """Each deal's gain by mechanism, in units rounded so that the parts add up to the total.

    {mechanisms: [(name, description)], rows: [{entrant, partners, parts, gain, headline}]}
    """
    found = decompositions(data)
    if not found:
        return None
    names = list(found[0]["parts"])
    rows = []
    for d in found:
        parts = rounded_to_sum([d["parts"].get(n, 0.0) for n in names])
        rows.append(
            {
                "entrant": d["entrant"],
                "partners": partners_words(d["partners"]),
                "parts": parts,
                "gain": sum(parts),
                "headline": list(d["partners"]) == headline(data),
            }
        )
    about_them = [(mechanism(n), MECHANISMS.get(n, ("", ""))[1]) for n in names]
    return {"mechanisms": about_them, "rows": rows}


def _all_made(data: Data) -> str:
    """What each entrant sells through carriers in the stable network, where there is one."""
    found = [network(data, deals) for deals in stable(data)]
    if len(found) != 1 or found[0] is None:
        return ""
    sold: dict[str, float] = {}
    for t in found[0]["terms"]:
        sold[t["maker"]] = sold.get(t["maker"], 0.0) + t["units"]
    return joined([f"{maker} {about(units)}" for maker, units in sold.items()])


def _other_terms(data: Data) -> str:
    """Whose deal the table of other terms is about."""
    rows = part(data, "terms")
    return f"{rows[0]['maker']} and {rows[0]['carrier']}" if rows else ""


def _ahead(data: Data) -> dict[str, Any]:
    """What the section on time and risk says besides tables and charts."""
    return {
        "draws": draws(data),
        "rough": rough(data),
        "command": command(data),
        "unseen": unseen(data),
        "options": options_words(data),
        "chances": chances(data),
        "listing": listing_words(data),
    }


def _charts(data: Data) -> dict[str, dict[str, Any]]:
    made = {name: make(data) for name, make in CHARTS.items()}
    return {
        name: {"svg": Markup(drawn(chart, name)), "title": title_of(chart)}
        for name, chart in made.items()
        if chart is not None
    }


def _together(data: Data) -> str:
    """What each entrant sells when all enter; nothing where there is only one."""
    found = (together(data) or {}).get("entrants") or {}
    sold = [f"{name} {about(e['units'])}" for name, e in found.items() if e.get("units")]
    return f"{joined(sold)} {units_word(data)}" if len(sold) > 1 else ""


def _swing(swing: Data, names: set[str]) -> Data:
    unit = swing["unit"] or ""
    sides = swing["sides"]
    return swing | {
        "anchor": evidence.anchor(swing["assumption"]) if swing["assumption"] in names else "",
        "value": with_unit(swing["central"], unit),
        "low": with_unit(sides["low"]["at"], unit),
        "high": with_unit(sides["high"]["at"], unit),
    }


def _target(data: Data, target: Data) -> Data:
    said = {k: value_words(data, target["name"], target[k]) for k in ("target", "error", "fitted")}
    return said | {
        "label": target["label"],
        "misses_by": hundredths(target["misses_by"]),
    }


def _check(data: Data, check: Data) -> Data:
    said = {k: value_words(data, check["name"], check[k]) for k in ("value", "fitted")}
    return said | {"label": check["label"]}


def _known(parameter: Data) -> str:
    """How well a parameter is known, in words."""
    value, error = parameter["value"], parameter.get("standard_error")
    if error is None or not math.isfinite(error):
        return "not known from these targets"
    if abs(value) < 2 * error:
        return "cannot be told from zero with confidence"
    part = error / abs(value)
    if part < 0.1:
        return "known sharply"
    return "known fairly well" if part < 0.25 else "known loosely"


def _direction(weights: Data) -> str:
    return ", ".join(f"{number(w, 2)} × {name}" for name, w in weights.items())


def _hedonic(hedonic: Data | None) -> Data | None:
    """The line of quality, its devices with the factor in sales that one error stands for."""
    if not hedonic:
        return None
    devices = [d | {"factor": math.exp(d["standard_error"])} for d in hedonic.get("devices") or []]
    return hedonic | {"devices": devices}
