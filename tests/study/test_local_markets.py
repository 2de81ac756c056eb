"""What differs among the regions of a study: each is the market that it would be alone."""

import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.market.market import Market
from inroads.market.moves import Campaign, Launch, SetPrice
from inroads.study.load import load_study
from inroads.study.market.regions import Regions, units_by_region

#: consumers of each region, any scale; of them, those who buy; what is sold by manufacturer there
LIVING = {"north": 1.0, "south": 3.0}
INSIDE = {"north": 0.6, "south": 0.3}
SOLD = {
    "north": {"Borea": 0.3, "Cima": 0.65, "Alba": 0.05},
    "south": {"Borea": 0.6, "Cima": 0.38, "Alba": 0.02},
}
PART = {at: LIVING[at] / 4 for at in LIVING}
BUYERS = sum(PART[at] * INSIDE[at] for at in LIVING)
INCOMES = {
    "north": {"poor": (30_000.0, 0.2, 2.0), "rich": (110_000.0, 0.8, 0.5)},
    "south": {"poor": (30_000.0, 0.7, 2.0), "middling": (60_000.0, 0.3, 1.0)},
}
STRAINED = 0.3
REGIONS = "".join(
    f'[[market.region]]\nname = "{at}"\nconsumers = {x}\n' for at, x in LIVING.items()
)
PRODUCTS = """product,manufacturer,brand,platform,tier,launched,price
Borea One,Borea,Borea,capsules,home,2022,129
Borea Pro,Borea,Borea,capsules,bar,2023,249
Cima 5,Cima,Cima,beans,home,2021,199
Alba Uno,Alba,Alba,beans,home,2023,179
"""
CHANNELS = "channel,months,members\nNord,12,60\nSud,0,40\nOnline,0,\n"
OFFERS = """product,channel,price
Borea One,Nord,129
Borea One,Sud,135
Borea Pro,Nord,249
Borea Pro,Online,245
Cima 5,Nord,199
Cima 5,Sud,189
Cima 5,Online,189
Alba Uno,Online,179
"""
FACTS = "id,subject,metric,value,unit,published,source\nunused,all,sold,1,units,2024,invented\n"
ASSUMPTIONS = "id,value,low,high,unit,reason\nunused-too,1,0,2,,invented\n"


def incomes(of: dict[str, dict[str, tuple[float, float, float]]], *, named: bool) -> str:
    """[[consumers.income]], with their regions where they are to be named."""
    return "".join(
        f'[[consumers.income]]\nlabel = "{label} in the {at}"\nmean = {mean}\nshares = [{share}]\n'
        f"strained = {odds}\n" + (f'regions = ["{at}"]\n' if named else "")
        for at, groups in of.items()
        for label, (mean, share, odds) in groups.items()
    )


def study_of(folder: Path, groups: str, inside: float, strained: float, **tables: str) -> Path:
    """A study whose tastes are all known; tables that are not given are those above."""
    folder.mkdir()
    tables = {
        **{"products": PRODUCTS, "channels": CHANNELS, "offers": OFFERS},
        **{"facts": FACTS, "assumptions": ASSUMPTIONS},
        **tables,
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "study.toml").write_text(
        f"""
[study]
name = "espresso"
title = "Espresso"
question = "Who buys?"
as_of = 2024-06-30
period = "2024Q1"

[market]
sales = 1000.0
outside = {1 - inside:.17g}

[consumers]
income_exponent = 0.5
awareness = {{ Alba = 0.3 }}
owned = [
    {{ brand = "Borea", platform = "capsules", share = 0.4, among = {{ income_from = 50000.0, share = 0.5 }} }},
    {{ brand = "other", platform = "beans" }},
]

[consumers.liquidity]
strained = {strained:.17g}
annual_rate = 0.12
strained_monthly_rate = 0.03

[parameters]
money = {{ value = 1.2 }}
inertia = {{ value = 1.5 }}
platform = {{ value = 0.5 }}
brand = {{ value = 1.0 }}
credit = {{ value = 0.5 }}

{groups}
""",  # noqa: E501
        encoding="utf-8",
    )
    return folder


def margins(of: dict[str, pd.DataFrame], *, named: bool) -> str:
    """Rows of regions (columns name, manufacturer, product, channel, value, of): shares of what is
    sold there; named: as shares of what is sold in all."""
    frames = []
    for at, rows in of.items():
        rows = rows.assign(region=at if named else "")
        if named:
            part = np.where(rows["of"] == "", PART[at] * INSIDE[at] / BUYERS, 1.0)
            rows["value"] = rows["value"] * part
            rows["name"] += f" in {at}"
            rows["of"] = rows["of"].where(rows["of"] == "", rows["of"] + f" in {at}")
        frames.append(rows)
    return pd.concat(frames).to_csv(index=False, float_format="%.17g")


def rows_of(at: str) -> pd.DataFrame:
    """By manufacturer, and one product."""
    blank = dict.fromkeys(("name", "manufacturer", "product", "channel", "value", "of"), "")
    rows = [{"name": m, "manufacturer": m, "value": v} for m, v in SOLD[at].items()]
    rows += [{"name": "pro", "product": "Borea Pro", "value": 0.3, "of": "Borea"}]
    return pd.DataFrame([blank | row for row in rows])


def purchases(market: Market, at: str) -> pd.Series:
    """Units by product and channel, per consumer of a region."""
    outcome, regions = market.solve(), Regions.of(market)
    k = regions.names.index(at)
    weight = market.arrays.weight[regions.cells[k]].sum()
    here = regions.shares(outcome)[k] / weight
    return pd.Series(here, market.offer_names)


def check_alone(together: Market, at: str, alone: Market, *moves: object) -> None:
    """A region buys what it would as a study of its own, before and after moves."""
    for ours, theirs in ((together, alone), (together.after(*moves), alone.after(*moves))):
        there = purchases(theirs, "")
        pd.testing.assert_series_equal(purchases(ours, at)[there.index], there, rtol=1e-8)


def test_incomes_differ_by_region(tmp_path: Path) -> None:
    """Owners and those short of cash are of all consumers, by income: so they differ too."""
    groups = incomes(INCOMES, named=True)
    table = margins({at: rows_of(at) for at in LIVING}, named=True)
    study = study_of(tmp_path / "both", groups + REGIONS, BUYERS, STRAINED, margins=table)
    market = load_study(study).market()
    cells = market.labelled_consumers.cells
    assert set(cells.loc[cells["taste for in north"] > 0, "income"]) == {30_000.0, 110_000.0}
    strained = {at: short_of_cash(market, at) for at in LIVING}
    assert strained["south"] > STRAINED > strained["north"]
    total = sum(PART[at] * strained[at] for at in LIVING)
    assert total == pytest.approx(STRAINED)
    for at in LIVING:
        own = study_of(
            tmp_path / at,
            incomes({at: INCOMES[at]}, named=False),
            INSIDE[at],
            strained[at],
            margins=margins({at: rows_of(at)}, named=False),
        )
        toml = own / "study.toml"
        owners = f"share = {owning(market, at):.17g}, among"
        toml.write_text(toml.read_text().replace("share = 0.4, among", owners))
        check_alone(
            market,
            at,
            load_study(own).market(),
            SetPrice("Borea One", 140.0),
            Campaign("Alba", 0.6),
        )


#: Sud has no shop in the north, nor does Nord sell the Cima 5 in the south
CHANNELS_THERE = "channel,months,members,regions\nNord,12,60,\nSud,0,40,south\nOnline,0,,\n"
OFFERS_THERE = "".join(
    f"{line},{'regions' if k == 0 else 'north' if line.startswith('Cima 5,Nord') else ''}\n"
    for k, line in enumerate(OFFERS.splitlines())
)
GROUPS = "".join(
    f'[[consumers.income]]\nlabel = "{label}"\nmean = {mean}\nshares = [0.5]\n'
    for label, mean in (("poor", 30_000.0), ("rich", 80_000.0))
)
AT_CHANNELS = {
    "north": {"Nord": 0.7, "Online": 0.3},
    "south": {"Nord": 0.4, "Sud": 0.35, "Online": 0.25},
}


def with_channels(at: str) -> pd.DataFrame:
    """By manufacturer, product and channel, and a manufacturer at a channel."""
    rows = rows_of(at)
    blank = dict.fromkeys(rows, "")
    more = [{"name": c, "channel": c, "value": v} for c, v in AT_CHANNELS[at].items()]
    who, where, value = ("Borea", "Nord", 0.7) if at == "north" else ("Cima", "Online", 0.5)
    more += [{"name": "one", "manufacturer": who, "channel": where, "of": who, "value": value}]
    return pd.concat([rows, pd.DataFrame([blank | row for row in more])])


def there(channels: str, offers: str, at: str) -> dict[str, str]:
    """The rows of both tables that are of a region, as in its own study."""
    tables = (pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
              for text in (channels, offers))  # fmt: skip
    shops, sold = (
        table[table["regions"].isin(["", at])].drop(columns="regions") for table in tables
    )
    sold = sold[sold["channel"].isin(shops["channel"])]
    return {"channels": shops.to_csv(index=False), "offers": sold.to_csv(index=False)}


@pytest.fixture(scope="module")
def local_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study_of(
        tmp_path_factory.mktemp("channels") / "both",
        GROUPS + REGIONS,
        BUYERS,
        STRAINED,
        channels=CHANNELS_THERE,
        offers=OFFERS_THERE,
        margins=margins({at: with_channels(at) for at in LIVING}, named=True),
    )


def test_channels_and_offers_differ_by_region(local_channels: Path, tmp_path: Path) -> None:
    """Members are of the channels that are there; sales of channels are met in each region."""
    market = load_study(local_channels).market()
    for at in LIVING:
        alone = study_of(
            tmp_path / at,
            GROUPS,
            INSIDE[at],
            STRAINED,
            **there(CHANNELS_THERE, OFFERS_THERE, at),
            margins=margins({at: with_channels(at)}, named=False),
        )
        moves = (SetPrice("Borea One", 110.0), Launch("Alba Uno", "Nord"))
        check_alone(market, at, load_study(alone).market(), *moves)
    north, south = (purchases(market, at) for at in LIVING)
    assert north.xs("Sud", level="channel").sum() == 0.0
    assert south["Cima 5", "Nord"] == 0.0
    # What is put on a shelf is to be had where the shelf is.
    after = market.after(Launch("Borea Pro", "Sud"))
    assert purchases(after, "north")["Borea Pro", "Sud"] == 0.0
    assert purchases(after, "south")["Borea Pro", "Sud"] > 0.0


def test_a_product_of_one_region_stands_in_others_as_those_sold_in_both(tmp_path: Path) -> None:
    offers = OFFERS_THERE.replace("Borea Pro,Nord,249,", "Borea Pro,Nord,249,north")
    offers = offers.replace("Borea Pro,Online,245,", "Borea Pro,Online,245,north")
    rows = {"north": rows_of("north"), "south": rows_of("south").query("product == ''")}
    study = study_of(
        *(tmp_path / "both", GROUPS + REGIONS, BUYERS, STRAINED),
        channels=CHANNELS_THERE,
        offers=offers,
        margins=margins(rows, named=True),
    )
    products = load_study(study).market().products
    more = products["in north"] - products["in south"]
    assert more["Borea Pro"] == pytest.approx(more.drop("Borea Pro").mean())


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("channels", "Sud,0,40,south", "Sud,0,40,east", "a region of"),
        ("offers", "Borea One,Sud,135,", "Borea One,Sud,135,north", "regions in which Sud is"),
        ("margins", "", "", "a region with an offer"),
    ],
)
def test_what_is_in_no_such_region_is_refused(
    table: str, old: str, new: str, words: str, local_channels: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(local_channels, folder)
    file = folder / f"{table}.csv"
    if table == "margins":
        rows = pd.read_csv(file)
        rows.loc[rows["channel"].eq("Sud"), "region"] = "north"
        rows.to_csv(file, index=False, float_format="%.17g")
    else:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=words):
        load_study(folder).market()


#: Nord as a channel a region, dearer in the north
NORDS = (
    "channel,months,members,regions\nNord north,12,60,north\nNord south,12,60,south\nOnline,0,,\n"
)
OFFERS_OF_NORDS = """product,channel,price,regions
Borea One,Nord north,149,
Borea One,Nord south,129,
Borea Pro,Nord north,270,
Borea Pro,Nord south,249,
Borea Pro,Online,245,
Cima 5,Nord north,210,
Cima 5,Nord south,199,
Cima 5,Online,189,
Alba Uno,Online,179,
"""


def test_prices_that_channels_set_are_local(tmp_path: Path) -> None:
    """A channel a region, with offers of its own there: each answers as it would alone."""
    firms = "\n[firms]\nmanufacturer_margin = 0.3\nretail_cost = 5.0\n"
    rows = {at: rows_of(at) for at in LIVING}
    together = study_of(
        *(tmp_path / "both", GROUPS + REGIONS + firms, BUYERS, STRAINED),
        channels=NORDS,
        offers=OFFERS_OF_NORDS,
        margins=margins(rows, named=True),
    )
    move = SetPrice("Cima 5", 150.0, channel="Online")
    ours = load_study(together).firms().market
    after = ours.after(move).solve()
    prices = pd.Series(after.state.prices, after.offers)
    sold = units_by_region(after).groupby("manufacturer")["units"].sum()
    np.testing.assert_allclose(sold, after.sales()[sold.index], rtol=1e-10)
    assert prices["Cima 5", "Nord north"] > 1.02 * prices["Cima 5", "Nord south"]
    for at in LIVING:
        alone = study_of(
            *(tmp_path / at, GROUPS + firms, INSIDE[at], STRAINED),
            margins=margins({at: rows[at]}, named=False),
            **there(NORDS, OFFERS_OF_NORDS, at),
        )
        theirs = load_study(alone).firms().market.after(move).solve()
        expected = pd.Series(theirs.state.prices, theirs.offers)
        pd.testing.assert_series_equal(prices[expected.index], expected, rtol=1e-8)
        listed = load_study(alone).market().columns["price"].astype(float)
        assert np.abs(expected.to_numpy() - listed).max() > 0.1


def short_of_cash(market: Market, at: str) -> float:
    """The part of a region's consumers."""
    return _part(market, at, market.labelled_consumers.cells["rate"].gt(0.02).to_numpy())


def owning(market: Market, at: str) -> float:
    """The part of a region's consumers that owns a machine of Borea."""
    return _part(market, at, market.labelled_consumers.cells["brand"].eq("Borea").to_numpy())


def _part(market: Market, at: str, who: np.ndarray) -> float:
    weight = market.labelled_consumers.cells["weight"].to_numpy()
    regions = Regions.of(market)
    here = regions.cells[regions.names.index(at)]
    return float(weight[here & who].sum() / weight[here].sum())


def test_a_region_without_incomes_and_one_that_is_not_there(tmp_path: Path) -> None:
    table = margins({at: rows_of(at) for at in LIVING}, named=True)
    only_north = incomes({"north": INCOMES["north"]}, named=True)
    study = study_of(tmp_path / "a", only_north + REGIONS, BUYERS, STRAINED, margins=table)
    with pytest.raises(InputError, match="not all 0 in south"):
        load_study(study).market()
    east = only_north.replace("north", "east")
    study = study_of(tmp_path / "b", east + REGIONS, BUYERS, STRAINED, margins=table)
    with pytest.raises(InputError, match="a region of"):
        load_study(study)
