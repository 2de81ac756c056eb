"""Names that were meant: of columns, of firms and offers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from inroads.tables.cells import cell_text


def suggestion(name: str, names: Iterable[str]) -> str | None:
    """What was meant instead: the closest of the `names`, or the family of which it is the stem.

    `distance`, or `distance9`, where there are distance0 to distance5 is no misspelling of one.
    """
    candidates = list(names)
    stem = re.sub(r"_?\d+$", "", name) if name.isidentifier() else name
    numbered = {n: int(match[1]) for n in candidates if (match := _number(n, stem))}
    if numbered and (len(numbered) > 1 or stem == name):
        first, *rest = sorted(numbered, key=numbered.__getitem__)
        return f"there are {first} to {rest[-1]}: name one." if rest else f"there is {first}."
    close = get_close_matches(name, candidates, n=1)
    return f"did you mean '{close[0]}'?" if close else None


def _number(name: str, stem: str) -> re.Match[str] | None:
    return re.fullmatch(rf"{re.escape(stem)}_?(\d+)", name) if stem else None


def label(name: object, names: Iterable[object]) -> object | None:
    """The one of the `names` that `name` is: itself, or else what is written like it.

    Ids of tables become text where a market is named, so that firm 1 is "1"; whoever asks for
    either finds it. None where none, or several, are so written.
    """
    labels = list(dict.fromkeys(names))
    if name in labels:
        return labels[labels.index(name)]
    alike = [one for one in labels if cell_text(one) == cell_text(name)]
    return alike[0] if len(alike) == 1 else None
