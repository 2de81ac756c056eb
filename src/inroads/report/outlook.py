"""Reading the outlook of a run: paths of entrants, draws, options, the world table."""

from __future__ import annotations

from inroads.report.deals import headlines
from inroads.report.reading import Data
from inroads.report.words import dollars, joined, wide

#: fewer draws than this are a rough picture
ROUGH = 100
#: what draws are cut into, from the lowest
CUTS = ("q5", "q25", "q50", "q75", "q95")


def outlook(data: Data) -> Data:
    """The outlook; empty where a study has none."""
    return data.get("outlook") or {}


def entries(data: Data) -> list[Data]:
    """Each entrant's path with all partners of the answer, at the central numbers."""
    return list(outlook(data).get("entry") or [])


def ensemble(data: Data) -> Data:
    """What draws say; empty where no futures were drawn."""
    return outlook(data).get("ensemble") or {}


def rank(data: Data) -> Data:
    """The world table; empty where there is none."""
    return outlook(data).get("rank") or {}


def draws(data: Data) -> int:
    """How many draws there are that did not fail."""
    found = ensemble(data)
    return int(found["draws"] - found["failed"]) if found else 0


def rough(data: Data) -> str:
    """A sentence where draws are few; nothing where they are many, or none."""
    few = 0 < draws(data) < ROUGH
    return f"These are {draws(data)} draws: a rough picture." if few else ""


def figure(data: Data, maker: str, what: str) -> Data | None:
    """A number of a maker under the draws: mean and cuts."""
    rows = ensemble(data).get("numbers") or []
    return next((r for r in rows if r["maker"] == maker and r["what"] == what), None)


def fan(data: Data, maker: str, what: str) -> list[Data]:
    """The same quarter by quarter, the first first."""
    rows = ensemble(data).get("fans") or []
    found = [r for r in rows if r["maker"] == maker and r["what"] == what]
    return sorted(found, key=lambda r: r["quarter"])


def sources(data: Data, what: str) -> dict[str, list[Data]]:
    """By maker, what each input brings to the spread of an output, the largest index first."""
    found: dict[str, list[Data]] = {}
    for row in ensemble(data).get("sources") or []:
        if row["what"] == what:
            found.setdefault(row["maker"], []).append(row)
    return {m: sorted(rows, key=lambda r: -r["first"]) for m, rows in found.items()}


def awareness(entry: Data) -> list[float]:
    """What part of consumers knows an entrant's best-known brand at the start of each quarter."""
    known = list(entry["awareness"].values())
    return [max(now) for now in zip(*known, strict=True)][: len(entry["units"])]


def doubtful(data: Data, maker: str) -> bool:
    """Whether a standard error of quality leaves an entrant's sales an order of magnitude."""
    return any(wide(h["low"], h["high"]) for h in headlines(data) if h["maker"] == maker)


def unseen(data: Data) -> str:
    """A sentence on makers whose numbers are an order of magnitude; nothing where there are none.
    It begins with a space."""
    makers = [e["maker"] for e in entries(data) if doubtful(data, e["maker"])]
    if not makers:
        return ""
    whose = joined([f"{maker}'s" for maker in makers])
    return (
        f" {whose} numbers are an order of magnitude: the quality of such devices has never been "
        "observed in this market."
    )


def odds(data: Data, rival: str, scenario: str, span: str) -> dict[str, float]:
    """By period, the probability that the leader passes a rival."""
    return {
        str(r["period"]): float(r["probability"])
        for r in rank(data).get("odds") or []
        if (r["rival"], r["scenario"], r["span"]) == (rival, scenario, span)
    }


def years(data: Data) -> list[str]:
    """Calendar years of which every quarter is a forecast."""
    rivals = rank(data).get("rivals") or []
    quarters = odds(data, rivals[0], "without", "quarter") if rivals else {}
    ahead = [period[:4] for period in quarters]
    return [year for year in dict.fromkeys(ahead) if ahead.count(year) == 4]


def interval(row: Data, digits: int = 0) -> str:
    """Nine draws of ten, in dollars: "$490 million to $4.8 billion"; to what is known of it unless
    digits are given."""
    digits = digits or digits_of(row)
    return f"{dollars(row['q5'], digits)} to {dollars(row['q95'], digits)}"


def digits_of(row: Data | None) -> int:
    """One digit is known where nine draws of ten are an order of magnitude apart, else two."""
    return 1 if row is not None and wide(row["q5"], row["q95"]) else 2


def after_words(entry: Data) -> str:
    """When entry has paid for itself: "3 quarters", "not within 12 quarters"."""
    if entry["break_even"] is None:
        return f"not within {len(entry['units'])} quarters"
    return f"{entry['break_even']} quarter{'' if entry['break_even'] == 1 else 's'}"
