"""What was drawn, in words: inputs and their distributions."""

from __future__ import annotations

import re
import textwrap

from inroads.report.deals import value_words
from inroads.report.reading import Data, assumption_words
from inroads.report.words import joined, number

_TRIANGLE = re.compile(r"triangular from (\S+) over (\S+) to (\S+)")
_UNIFORM = re.compile(r"uniform from (\S+) to (\S+)")
_COVARIANCE = re.compile(r"covariance (\(\(.*\),?\))")


def input_words(data: Data, name: str) -> str:
    """What an input is: "taste: Habit", "quality of Muesli's devices", an assumption's label."""
    kind, _, of = name.partition(" ")
    if kind == "taste" and of:
        labels = {p["name"]: p["label"] for p in data["calibration"].get("parameters") or []}
        return f"taste: {labels.get(of, of).partition(':')[0]}"
    said = {
        "quality": f"quality of {of}'s devices",
        "luck": f"luck of {of}'s talks",
        "politics": f"luck of {of} in politics, once launched",
        "subscriber": "what carriers count of a subscriber",
    }
    return said[kind] if of and kind in said else assumption_words(data, name)


def named(data: Data, names: str) -> str:
    """Inputs that are drawn together, as one: "tastes: Habit, Price"."""
    each = [input_words(data, name) for name in names.split(", ")]
    if len(each) > 1 and all(words.startswith("taste: ") for words in each):
        return "tastes: " + joined([words.removeprefix("taste: ") for words in each])
    return ", ".join(each)


def stated(data: Data, row: Data) -> str:
    """A distribution in few words: of a covariance only the standard deviations."""
    text = str(row["stated"])
    if found := _TRIANGLE.fullmatch(text):
        unit = next((r["unit"] for r in data["ledger"] if r["id"] == row["input"]), "") or ""
        low, mode, high = (value_words(float(x), unit) for x in found.groups())
        if low.partition(" ")[2] == high.partition(" ")[2]:
            low = low.partition(" ")[0]
        return f"triangular, {low} to {high}, most likely {mode}"
    if found := _UNIFORM.fullmatch(text):
        return "uniform, {:g} to {:g}".format(*map(float, found.groups()))
    if found := _COVARIANCE.search(text):
        rows = [r.split(",") for r in found[1].strip("(),").split("), (")]
        spread = [number(float(r[k]) ** 0.5, 2) for k, r in enumerate(rows)]
        if len(spread) > 1:
            return f"jointly normal around the fit, standard deviations {joined(spread)}"
        return f"normal, standard deviation {spread[0]} (in standard errors)"
    return textwrap.shorten(text, 120, placeholder=" …")


def command(data: Data, draws: int = 1000) -> str:
    """What draws enough futures to tell inputs apart."""
    return f"inroads run {data['study']['name']} --draws {draws}"
