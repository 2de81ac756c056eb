"""Every assumption that went into the shipped study, moved across its range: what the report says
of partners holds at each end, and what it says matters most does."""

import math
from collections.abc import Callable
from functools import partial

from threadpoolctl import threadpool_limits

from inroads.report.phrases import ranked_sales_swings
from inroads.study.load import Study
from inroads.study.market.build_market import resolve_number
from inroads.study.market.recalibration import linear_recalibration
from inroads.study.results import Run
from inroads.study.scenario_list import scenarios_of

MAKERS = ("Huawei", "Xiaomi")
#: shares that make up the whole: what one takes another gives
WHOLE = {
    **dict.fromkeys(("zte-share", "htc-share", "tcl-share", "oneplus-share"), "blu-share"),
    **dict.fromkeys(("essential-share", "asus-share"), "blu-share"),
    "blu-share": "zte-share",
    "channel-verizon-assumed": "channel-t-mobile-assumed",
    "channel-t-mobile-assumed": "channel-verizon-assumed",
}


def test_partners_multiply_sales_at_both_ends_of_what_is_assumed(
    us: Study, us_results: Run
) -> None:
    """Of those that matter most, and of every fifth; of all by `make stress`."""
    ranked = [swing.assumption for swing in ranked_sales_swings(us_results.results)[:8]]
    at_both_ends(us, us_results, lambda moving: [*dict.fromkeys([*ranked, *moving[::5]])])


def at_both_ends(
    us: Study, us_results: Run, chosen: Callable[[list[str]], list[str]] = lambda moving: moving
) -> int:
    """Move what is chosen of all that moves something; how many these are."""
    results = us_results.results
    assumed = us.tables["assumptions"].set_index("id")[["low", "value", "high"]].astype(float)
    went_in = dict.fromkeys(row.id for row in results.ledger if row.kind == "assumed")
    assert len(went_in) > 150
    recalibration = linear_recalibration(us)

    looked_up = set(recalibration.fitted.used)

    def sold(moved: dict[str, float]) -> dict[str, tuple[float, float]]:
        """Units unlocked only and with both partners, by maker, at list prices."""
        study, unsold = recalibration.at(moved, {})
        market = unsold.market
        scenarios = {
            s.name: s for s in scenarios_of(study.config, market, partial(resolve_number, study))
        }
        sales = {
            manufacturer: tuple(
                float(
                    market.after(*scenarios[f"{manufacturer.lower()}-{deals}"].moves)
                    .solve()
                    .sales("manufacturer")[manufacturer]
                )
                for deals in ("unlocked-only", "with-att-and-verizon")
            )
            for manufacturer in MAKERS
        }
        looked_up.update(study.facts.ledger()["id"])
        return sales

    spread = {}
    with threadpool_limits(1):
        one = next(iter(went_in))
        sold({one: assumed.loc[one, "value"]})
        # What none of this looks up moves none of it.
        moving = [name for name in went_in if name in looked_up]
        assert len(moving) > 50
        names = chosen(moving)
        for name in names:
            found = {}
            for side in ("low", "high"):
                value = assumed.loc[name, side]
                moved = {name: value}
                if name in WHOLE:
                    rest = assumed.loc[WHOLE[name], "value"]
                    moved[WHOLE[name]] = rest + assumed.loc[name, "value"] - value
                found[side] = sold(moved)
                for manufacturer, (few, many) in found[side].items():
                    assert many > 2 * few, (name, side, manufacturer)
            ends = [(found["low"][m][1], found["high"][m][1]) for m in MAKERS]
            spread[name] = sum(abs(math.log(high / low)) for low, high in ends) / len(ends)
    assert max(spread, key=lambda name: spread[name]) == ranked_sales_swings(results)[0].assumption
    return len(names)
