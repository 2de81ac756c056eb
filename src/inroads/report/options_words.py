"""What an entrant that may decide later does best, in plain words."""

from __future__ import annotations

from inroads.report.outlook import outlook
from inroads.report.reading import Data, partners_words, things
from inroads.report.words import dollars, joined

_SHOWS = ("worse than expected", "as expected", "better")
_DOES = {"stop": "stop", "go on": "go on with one", "widen": "talk to the other too"}


def options_words(data: Data) -> list[str]:
    """A sentence or two for each entrant: the best plan, and what being free to decide is worth."""
    return [_said(data, w) for w in outlook(data).get("widening") or []]


def _said(data: Data, found: Data) -> str:
    maker, first, start = found["maker"], found["carriers"][0], found["best"][""]
    later = _later(data, found)
    begun = f"after {found['decide']} quarters {later}" if later else "see how it goes"
    if start == "stay out":
        text = f"{maker} does best to stay out."
    elif start == "one carrier":
        text = (
            f"{maker} does best to begin with {first} alone, and {begun}: "
            f"{dollars(found['value'])} when talks begin."
        )
    else:
        text = (
            f"{maker} does best to talk to {partners_words(found['carriers'])} at once: "
            f"{dollars(found['value'])} when talks begin."
        )
        if later:
            text += (
                f" Had it begun with {first} alone, it would {begun}, for {dollars(found['free'])}."
            )
    if found["flexibility"] > 1e-9 * abs(found["value"]):
        return (
            f"{text} To be free to decide is worth {dollars(found['flexibility'])} more than the "
            "best plan fixed at the start."
        )
    return f"{text} To be free to decide later is worth nothing more."


def _later(data: Data, found: Data) -> str:
    """What is done once it has shown how good consumers think its devices."""
    ways = sorted(way for way in found["best"] if way.startswith("one carrier >"))
    does = [_DOES.get(found["best"][way], found["best"][way]) for way in ways]
    if len(set(does)) < 2:
        return f"{does[0]} whatever has shown" if does else ""
    its = f"its {things(data)} prove "
    return joined(
        [f"{do} if {its if k == 0 else ''}{shows}"
         for k, (do, shows) in enumerate(zip(does, _SHOWS, strict=False))]
    )  # fmt: skip


def chances(data: Data) -> str:
    """The odds of each launch: "59 percent", or by entrant and carrier where they differ."""
    found = outlook(data).get("widening") or []
    each = {
        f"{w['maker']}, {carrier}": f"{100 * chance:.0f} percent"
        for w in found
        for carrier, chance in zip(w["carriers"], w["launch"], strict=True)
    }
    if len(set(each.values())) == 1:
        return next(iter(each.values()))
    return "; ".join(f"{pair} {chance}" for pair, chance in each.items())
