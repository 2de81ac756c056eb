"""A study on disk: its tables and study.toml, read and checked together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from inroads.display import Card, Displayed
from inroads.errors import InputError, Problem
from inroads.study.config.config import Config, read_config
from inroads.study.config.renamed import old_format
from inroads.study.shipped import locate_study
from inroads.tables.cells import parse_reference
from inroads.tables.facts import Facts
from inroads.tables.links import check_links
from inroads.tables.naming import suggestion
from inroads.tables.read import read_table
from inroads.tables.schema import check_table, complete, row_numbers
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.market.market import Market
    from inroads.study.launches.past_launches import PastLaunches
    from inroads.study.market.calibration import Calibrated

#: what a channel with members is called where a name is wrong
MEMBERS = "channel with members"


@dataclass(frozen=True, repr=False)
class Study(Displayed):
    """One question on disk, read and checked; `load_study` makes it.

    Parameters
    ----------
    folder : Path
        Where it lies.
    config : Config
        study.toml.
    tables : mapping
        By name, as data frames.
    as_of : date
        The date it is asked on.
    """

    folder: Path
    config: Config
    tables: Mapping[str, pd.DataFrame]
    as_of: date

    def _card(self) -> Card:
        about = self.config.study
        rows = {name: [len(table)] for name, table in self.tables.items()}
        return Card(
            line=f"Study {about.name}, as of {self.as_of}: {about.title}",
            table=pd.DataFrame(rows, ["rows"]).T,
            next_steps=("study.market()", "ir.run(study)", "study.facts"),
        )

    def at(self, as_of: date) -> Study:
        """The same study asked on another day: what was not yet published then is not known.

        Parameters
        ----------
        as_of : date
            The day.

        Returns
        -------
        Study
            A copy.
        """
        return replace(self, as_of=as_of)

    @cached_property
    def facts(self) -> Facts:
        """Facts known at the study's date, and its assumptions; keeps the ledger."""
        return Facts(self.tables["facts"], self.tables["assumptions"], self.as_of)

    @cached_property
    def fitted(self) -> Calibrated:
        """The study's market as fitted to its facts, with targets, checks and sensitivities."""
        from inroads.study.market.calibration import calibrated

        return calibrated(self)

    @cached_property
    def past_launches(self) -> PastLaunches:
        """The study's past launches, predicted in the market as fitted, and read."""
        from inroads.study.launches.past_launches import past_launches

        return past_launches(self)

    @cached_property
    def calibrated(self) -> Calibrated:
        """The same with the quality of products without sales as past launches turned out."""
        past = self.past_launches.population
        if past is None:
            return self.fitted
        return replace(self.fitted, unsold=self.fitted.unsold.corrected(past.correction))

    def market(self) -> Market:
        """The market of the data at the study's date, ready for moves.

        Returns
        -------
        Market
            Calibrated.
        """
        return self.calibrated.market

    def assuming(self, id: str, value: float) -> Study:
        """The same study with another value of one assumption.

        Parameters
        ----------
        id : str
            Of the assumption.
        value : float
            As written, in its unit.

        Returns
        -------
        Study
            A copy.

        Raises
        ------
        KeyError
            Where there is no such assumption.
        """
        other = replace(self)
        other.__dict__["facts"] = self.facts.assuming(id, value)
        return other


def load_study(name: str | Path, as_of: date | str | None = None) -> Study:
    """The study of a name or folder, every table checked.

    Parameters
    ----------
    name : str or Path
        Of one that comes with the package ("us-2018"), or a folder.
    as_of : date or str, optional
        The date it is asked on; the study's own unless given.

    Returns
    -------
    Study
        Its `market()` is calibrated when asked for.

    Raises
    ------
    InputError
        With all problems of all files at once.

    Examples
    --------
    >>> import inroads as ir
    >>> study = ir.load_study("us-2018", as_of="2017-12-15")
    >>> str(study.as_of)
    '2017-12-15'
    """
    study, problems = read_and_check(locate_study(name))
    if problems or study is None:
        raise InputError(problems)
    if as_of is not None:
        from inroads.tables.facts import parse_date

        try:
            study = study.at(parse_date(as_of))
        except InputError as error:
            raise InputError(replace(p, file="as-of") for p in error.problems) from None
    return study


def read_and_check(folder: Path) -> tuple[Study | None, list[Problem]]:
    """The study, if it can be read at all, and everything that is wrong with it."""
    if old := old_format(folder):
        return None, [old]
    problems: list[Problem] = []
    config: Config | None = None
    try:
        config = read_config(folder / "study.toml")
    except InputError as error:
        problems.extend(error.problems)
    tables: dict[str, pd.DataFrame] = {}
    for name, schema in SCHEMAS.items():
        if schema.optional and not (folder / schema.file).exists():
            tables[name] = pd.DataFrame(columns=[c.name for c in schema.columns], dtype=str)
            continue
        try:
            tables[name] = read_table(folder / schema.file, schema.file)
        except InputError as error:
            problems.extend(error.problems)
            continue
        problems.extend(check_table(tables[name], schema))
    problems.extend(check_links(tables))
    if config is not None:
        problems.extend(_names(config, tables))
        problems.extend(_prices(config, tables))
        problems.extend(_references(config, tables))
    if problems or config is None:
        return None, problems
    tables = {name: complete(table, SCHEMAS[name]) for name, table in tables.items()}
    return Study(folder, config, tables, config.study.as_of), []


def _names(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Names in study.toml that no table has."""
    names_by_kind = {
        key: set(tables[table][column])
        for key, table, column in (
            ("product", "products", "product"),
            ("manufacturer", "products", "manufacturer"),
            ("brand", "products", "brand"),
            ("channel", "channels", "channel"),
        )
        if table in tables and column in tables[table]
    }
    if "assumptions" in tables and "id" in tables["assumptions"]:
        names_by_kind["assumption"] = set(tables["assumptions"]["id"])
    if "channel" in names_by_kind:
        channels = tables["channels"]
        own = channels["members"].astype(str).str.strip() != "" if "members" in channels else []
        names_by_kind[MEMBERS] = set(channels["channel"][own])
    buyers, place = config.consumers, "consumers.awareness"
    mentions = [("brand", brand, place) for brand in (*buyers.awareness, *buyers.awareness_at)]
    mentions += [("channel", c, f"{place}_at") for at in buyers.awareness_at.values() for c in at]
    if config.entry:
        for entrant in config.entry.entrants:
            mentions.append(("manufacturer", entrant.manufacturer, "entry.entrants"))
            for product in (*entrant.main_products, *entrant.further_products):
                mentions.append(("product", product, "entry.entrants"))
        for partners in config.entry.partners:
            mentions += [(MEMBERS, p, "entry.partners") for p in partners]
        mentions += [("assumption", id, "entry.vary") for id in config.entry.vary]
    if config.firms:
        mentions += [
            ("manufacturer", manufacturer.name, "firms.manufacturer")
            for manufacturer in config.firms.manufacturer
        ]
        mentions += [(MEMBERS, channel.name, "firms.channel") for channel in config.firms.channel]
        if target := config.firms.margin_target:
            mentions.append((MEMBERS, target.channel, "firms.margin_target"))
    if config.negotiations:
        negotiations = config.negotiations
        mentions += [(MEMBERS, name, "negotiations.channels") for name in negotiations.channels]
        mentions += [("manufacturer", m, "negotiations.imported") for m in negotiations.imported]
        mentions += [("assumption", id, "negotiations.vary") for id in negotiations.vary]
    for scenario in config.scenario:
        for move in scenario.moves:
            for key in ("product", "manufacturer", "channel", "brand"):
                if value := getattr(move, key, None):
                    mentions.append((key, value, f"scenario {scenario.name!r}"))
            for key, names in (("product", "products"), (MEMBERS, "members_of")):
                for name in getattr(move, names, None) or ():
                    mentions.append((key, name, f"scenario {scenario.name!r}"))
    return [
        Problem(
            file=f"study.toml, {where}",
            row=None,
            column=None,
            value=repr(name),
            expected=f"{'an' if key == 'assumption' else 'a'} {key} of the tables",
            remedy=suggestion(name, names_by_kind[key])
            or "correct the name, or add it; there are "
            f"{', '.join(sorted(names_by_kind[key]))[:300] or 'none'}.",
        )
        for key, name, where in dict.fromkeys(mentions)
        if key in names_by_kind and name not in names_by_kind[key]
    ]


def _prices(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Entrants' products without the price at which they would be launched."""
    products = tables.get("products", pd.DataFrame())
    if not config.entry or "product" not in products:
        return []
    entering = {
        name for e in config.entry.entrants for name in (*e.main_products, *e.further_products)
    }
    prices = products["price"].astype(str).str.strip() if "price" in products else None
    return [
        Problem(
            file="products.csv",
            row=row,
            column="price",
            value="",
            expected=f"the list price at which {name}, of an entrant, would be launched",
            remedy="add it.",
        )
        for row, name, price in zip(
            row_numbers(products),
            products["product"],
            [""] * len(products) if prices is None else prices,
            strict=True,
        )
        if name in entering and price in ("", "nan", "None")
    ]


def _references(config: Config, tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """References in study.toml to ids that neither facts.csv nor assumptions.csv has."""
    if not all("id" in tables.get(name, ()) for name in ("facts", "assumptions")):
        return []
    ids = [*dict.fromkeys([*tables["facts"]["id"], *tables["assumptions"]["id"]])]
    return [
        Problem(
            file=f"study.toml, {place}",
            row=None,
            column=None,
            value=f"@{id}",
            expected="the id of a row of facts.csv or assumptions.csv",
            remedy=suggestion(id, ids) or "add the fact with its source.",
        )
        for place, text in _texts(config.model_dump(exclude={"study"}))
        for id in parse_reference(text) or ()
        if id not in ids
    ]


def _texts(part: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of study.toml, with its place."""
    if isinstance(part, str):
        yield place, part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value, f"{place}.{key}" if place else str(key))
    elif isinstance(part, tuple):
        for k, value in enumerate(part):
            yield from _texts(value, f"{place}.{k}")
