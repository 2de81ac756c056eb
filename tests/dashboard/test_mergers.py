"""Mergers from a practitioner's table: R's numbers, what is refused, code that reproduces them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.dashboard.mergers.merger_cases import MergerCase, firms_of, solve_merger
from inroads.dashboard.mergers.merger_code import merger_code
from inroads.dashboard.mergers.merger_tables import (
    EXAMPLE,
    MOST_BYTES,
    VERTICAL_EXAMPLE,
    read_pasted,
    read_upload,
)
from inroads.dashboard.mergers.other_assumptions import other_assumptions

PEERS = Path(__file__).resolve().parents[1] / "peers"


@pytest.fixture
def case() -> MergerCase:
    return MergerCase(table=read_pasted(EXAMPLE), firms=("Aurora", "Borea"))


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "merger.py", "exec"), names)  # noqa: S102
    return names


def peers() -> list[dict[str, Any]]:
    """R antitrust's logit mergers of two whole firms, without savings and products that leave, at
    margins below one."""
    cases = json.loads((PEERS / "logit.json").read_text(encoding="utf-8"))["cases"]
    whole = []
    for peer in cases:
        owners = zip(peer["inputs"]["ownerPre"], peer["inputs"]["ownerPost"], strict=True)
        changed = {before: after for before, after in owners if before != after}
        margins = [m for m in peer["inputs"]["margins_proportional"] if m is not None]
        is_plain = not any(peer["inputs"].get("mcDelta_proportional") or [])
        all_stay = None not in peer["output"]["pricePost"]
        if len(changed) == 1 and is_plain and all_stay and max(margins) < 1:
            whole.append(peer | {"merging": next(iter(changed.items()))})
    return whole


@pytest.mark.parametrize("peer", peers(), ids=lambda peer: peer["id"])
def test_numbers_are_those_of_r_antitrust(peer: dict[str, Any]) -> None:
    given, output = peer["inputs"], peer["output"]
    columns = {
        "product": [f"p{k}" for k in range(len(given["prices"]))],
        "owner": given["ownerPre"],
        "price": given["prices"],
        "share": given["shares"],
        "margin": given["margins_proportional"],
    }
    case = MergerCase(
        table=read_pasted(pd.DataFrame(columns).to_csv(index=False)),
        firms=tuple(map(str, reversed(peer["merging"]))),
        outside="none" if sum(given["shares"]) > 1 - 1e-9 else "rest",
        size=output["mktSize"],
    )
    numbers = solve_merger(case).numbers
    np.testing.assert_allclose(solve_merger(case).after.prices, output["pricePost"], rtol=1e-6)
    assert numbers["hhi_before"] == pytest.approx(output["hhiPre"], rel=1e-6)
    assert numbers["hhi_after"] - numbers["hhi_before"] == pytest.approx(
        _hhi_rise(given["ownerPre"], given["shares"], peer["merging"]), rel=1e-6
    )
    assert numbers["compensating_variation"] == pytest.approx(output["CV"], rel=1e-5)


def _hhi_rise(owners: list[object], shares: list[float], merging: tuple[object, object]) -> float:
    parts = pd.Series(shares).groupby(pd.Series(owners)).sum() / sum(shares)
    return float(2e4 * parts[merging[0]] * parts[merging[1]])


def test_the_table_says_what_is_asked(case: MergerCase) -> None:
    outcome = solve_merger(case)
    offers, numbers = outcome.offers, outcome.numbers
    merging = offers["firm"].isin(["Aurora", "Borea"])
    assert (offers["price_change"][merging] > 0).all()
    assert (offers["UPP"][merging] > 0).all()
    assert (offers["UPP"][~merging] == 0).all()
    shares = offers.groupby("firm")["share_before"].sum() / offers["share_before"].sum()
    rise = 2e4 * shares["Aurora"] * shares["Borea"]
    assert numbers["hhi_after"] - numbers["hhi_before"] == pytest.approx(rise)
    assert numbers["compensating_variation"] > 0
    assert numbers["outside"] == pytest.approx(0.36)
    given = outcome.margins["given"].dropna()
    assert list(given.index) == ["Aurora Dark", "Borea Dark"]
    np.testing.assert_allclose(outcome.margins["fitted"][given.index], given, atol=0.1)


def test_consumers_lose_what_surplus_loses(case: MergerCase) -> None:
    outcome = solve_merger(replace(case, size=1000.0))
    lost = outcome.before.consumer_surplus - outcome.after.consumer_surplus
    assert outcome.numbers["compensating_variation"] == pytest.approx(lost)
    assert outcome.numbers["profit_change"] > 0


def test_savings_offset_harm(case: MergerCase) -> None:
    assert (
        solve_merger(replace(case, savings=0.2)).numbers["compensating_variation"]
        < solve_merger(case).numbers["compensating_variation"]
    )


def test_nested_logit(case: MergerCase) -> None:
    nested = replace(case, demand="nested logit")
    outcome = solve_merger(nested)
    assert 0 < outcome.numbers["rho"] < 1
    fixed = solve_merger(replace(nested, rho=outcome.numbers["rho"]))
    np.testing.assert_allclose(fixed.after.prices, outcome.after.prices, rtol=1e-6)
    flat = solve_merger(replace(nested, rho=0.0))
    np.testing.assert_allclose(flat.after.prices, solve_merger(case).after.prices, rtol=1e-9)


def test_bargaining() -> None:
    table = read_pasted(VERTICAL_EXAMPLE)
    assert firms_of(table, "bargaining") == ["Aurora", "Borea", "Nord", "Sud"]
    case = MergerCase(table=table, conduct="bargaining", firms=("Nord", "Sud"))
    shops = solve_merger(case)
    assert shops.numbers["hhi_after"] == pytest.approx(1e4)
    assert 0 < shops.numbers["channel_weight"] < 1
    assert shops.screening is None
    makers = solve_merger(replace(case, firms=("Aurora", "Borea")))
    assert makers.numbers["hhi_after"] == pytest.approx(1e4)
    rise = makers.offers["wholesale_after"] > makers.offers["wholesale_before"]
    assert rise.all()
    solve_merger(replace(case, firms=("Aurora", "Nord")))


MERGERS = {
    "logit": (EXAMPLE, {}),
    "nested": (EXAMPLE, {"demand": "nested logit", "savings": 0.05, "size": 100.0}),
    "nested, rho": (EXAMPLE, {"demand": "nested logit", "rho": 0.3}),
    "elasticity": (EXAMPLE, {"market_elasticity": -0.6, "outside": "unknown"}),
    "bargaining": (
        VERTICAL_EXAMPLE,
        {"conduct": "bargaining", "disagreement": "pair", "power": "channel"},
    ),
}


@pytest.mark.parametrize("name", MERGERS)
def test_code_reproduces_the_merger(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, changes = MERGERS[name]
    case = MergerCase(table=read_pasted(text), firms=("Aurora", "Borea"), **changes)
    outcome, code = solve_merger(case), merger_code(case)
    names = run(code)
    np.testing.assert_allclose(names["after"].prices, outcome.after.prices, rtol=1e-9)
    np.testing.assert_allclose(names["after"].shares, outcome.after.shares, rtol=1e-9)
    printed = capsys.readouterr().out
    line = next(x for x in printed.splitlines() if x.startswith("compensating variation"))
    harm = outcome.numbers["compensating_variation"]
    assert float(line.split()[-1]) == pytest.approx(harm, rel=1e-6)
    assert max(map(len, code.splitlines())) <= 100


def test_odd_names_stay_names() -> None:
    text = 'product,owner,price,share,margin\n"a""b",A,1,0.3,0.5\n"it\'s \\ 1,5",B,1,0.2,\n'
    case = MergerCase(table=read_pasted(text * 1), firms=("A", "B"))
    names = run(merger_code(case))
    assert list(names["table"]["product_ids"]) == ['a"b', "it's \\ 1,5"]


def test_many_products_are_wrapped() -> None:
    rows = "".join(f"product number {k},F{k % 7},1.5,0.01,0.4\n" for k in range(60))
    case = MergerCase(
        table=read_pasted("product,owner,price,share,margin\n" + rows), firms=("F1", "F2")
    )
    code = merger_code(case)
    assert max(map(len, code.splitlines())) <= 100
    assert len(run(code)["table"]) == 60


# What is no table -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a header and rows of data"),
        ("product,owner,price,share,margin\n", "found a header only"),
        ("hello world", "expected a header, and a row for each product"),
        ("price,share\n1,0.2\n", "a column 'product_ids' .or product, products, productid"),
        ("product,owner,firm\na,b,c\n", "expected one column for firm_ids"),
        ("product;owner\na;b\n", "columns separated by semicolons"),
        ("product,owner,price\na,b\n", "expected 3 cells"),
        ("product,owner\n" + "a,b\n" * 501, "at most 500 products"),
    ],
)
def test_what_is_no_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(ir.InputError, match=message):
        read_pasted(text)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("B1,B,1.0,x,0.4", "expected shares above 0; .*x for B1|found x for B1"),
        ("B1,B,-1.0,0.2,0.4", "found -1.0 for B1"),
        ("B1,B,1.0,0.9,0.4", "summing to less than one"),
        ("B1,B,1.0,0.2,1.4", "margins above 0 and below 1"),
    ],
)
def test_cells_that_make_no_market_are_refused(row: str, message: str) -> None:
    table = read_pasted(f"product,owner,price,share,margin\nA1,A,1.0,0.3,0.5\n{row}\n")
    with pytest.raises(ir.InputError, match=message):
        solve_merger(MergerCase(table=table, firms=("A", "B")))


def test_what_the_case_lacks_is_named(case: MergerCase) -> None:
    for changes, message in (
        ({"firms": ("Aurora",)}, "two different firms"),
        ({"firms": ("Aurora", "Zeta")}, "found Zeta.*choose from Aurora, Borea, Corvo"),
        ({"conduct": "bargaining"}, "a column 'channel_ids'"),
        ({"conduct": "bargaining", "demand": "nested logit"}, "expected logit demand"),
    ):
        with pytest.raises(ir.InputError, match=message):
            solve_merger(replace(case, **changes))
    flat = replace(case, table=case.table.drop(columns="nesting_ids"), demand="nested logit")
    with pytest.raises(ir.InputError, match=r"'nesting_ids' .or nest"):
        solve_merger(flat)


def test_pasted_from_a_spreadsheet() -> None:
    tabs = EXAMPLE.replace(",", "\t")
    pd.testing.assert_frame_equal(read_pasted(tabs), read_pasted(EXAMPLE))


def test_an_uploaded_file_is_not_kept(tmp_path: Path) -> None:
    good, wrong, large = (tmp_path / name for name in ("0.csv", "0.exe", "1.csv"))
    good.write_text(EXAMPLE, encoding="utf-8")
    pd.testing.assert_frame_equal(read_upload(good, "mine.csv"), read_pasted(EXAMPLE))
    wrong.write_bytes(b"MZ")
    with pytest.raises(ir.InputError, match=r"ending in .csv or .parquet"):
        read_upload(wrong, "mine.exe")
    large.write_bytes(b"a" * (MOST_BYTES + 1))
    with pytest.raises(ir.InputError, match="at most 1 MB"):
        read_upload(large, "big.csv")
    picture = tmp_path / "2.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    with pytest.raises(ir.InputError, match="text in UTF-8"):
        read_upload(picture, "picture.csv")
    assert list(tmp_path.iterdir()) == []


def test_other_assumptions_are_of_the_same_merger(case: MergerCase) -> None:
    found = other_assumptions(case)
    assert found.case is case
    grid = found.table.set_index("conduct", append=True)
    change = solve_merger(case).numbers["price_change_of_merging"]
    assert grid.loc[("logit", "bertrand"), "parties_price_change"] == pytest.approx(change)
    assert {"ces", "linear", "aids"} <= set(found.table.index)
    assert other_assumptions(replace(case, conduct="bargaining")).table.empty
    assert other_assumptions(replace(case, firms=("Aurora", "Aurora"))).table.empty
