"""A study on disk: its tables and study.toml, read and checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inroads.display import Card, Displayed
from inroads.errors import InputError, Problem, refuse
from inroads.study.config.config import Config, read_config
from inroads.study.config.renamed import old_format
from inroads.study.links import check_links
from inroads.study.mentions import problems_of_names
from inroads.study.shipped import locate_study
from inroads.study.study_workbook import as_folder
from inroads.tables.facts import Facts
from inroads.tables.read import read_table
from inroads.tables.schema import check_table, complete
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.market.market import Market
    from inroads.study.demand.estimated_tastes import EstimatedTastes
    from inroads.study.launches.past_launches import PastLaunches
    from inroads.study.market.calibration import Calibrated
    from inroads.study.market.firms import CalibratedFirms
    from inroads.study.negotiations.entry_game import EntryGame
    from inroads.study.outlook.entrant_path import PathModel


@dataclass(frozen=True, repr=False)
class Study(Displayed):
    """One question on disk, read and checked; `load_study` makes it.

    Parameters
    ----------
    folder : Path
        Where it lies: a folder, or a workbook.
    config : Config
        study.toml.
    tables : mapping
        By name, as data frames.
    as_of : date
        The date it is asked on.
    estimate : EstimatedTastes, optional
        What [demand] takes from an estimate.
    """

    folder: Path
    config: Config
    tables: Mapping[str, pd.DataFrame]
    as_of: date
    estimate: EstimatedTastes | None = None

    def _card(self) -> Card:
        about = self.config.study
        rows = {name: [len(table)] for name, table in self.tables.items()}
        return Card(
            line=f"Study {about.name}, as of {self.as_of}: {about.title}",
            table=pd.DataFrame(rows, ["rows"]).T,
            next_steps=("study.market()", "ir.run(study)", "study.facts"),
        )

    def __getstate__(self) -> dict[str, object]:
        # What was solved and followed is not sent along with a study, only what it is.
        own = {"_firms", "_negotiation", "_path"}
        return {name: value for name, value in self.__dict__.items() if name not in own}

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

    def firms(self) -> CalibratedFirms:
        """The firms behind the market, as the study's facts pin them down.

        Returns
        -------
        CalibratedFirms
            Their market, in which channels set prices, what is known of them, and who has how much
            weight in bargaining.

        Raises
        ------
        InputError
            For a study without [firms].
        """
        return self._firms

    @cached_property
    def _firms(self) -> CalibratedFirms:
        from inroads.study.market.firms import calibrate_firms

        firms = calibrate_firms(self, self.market())
        if firms is None:
            raise _without("[firms]", "what channels and manufacturers earn is not known")
        return firms

    def negotiation(self) -> EntryGame:
        """Who may come in, on what terms: the game of entrants, their deals and channels' prices.

        Returns
        -------
        EntryGame
            `solve({"Amsel": ["Markt"]})` is the equilibrium with this deal.

        Raises
        ------
        InputError
            For a study without [entry] or [firms].
        """
        return self._negotiation

    @cached_property
    def _negotiation(self) -> EntryGame:
        from inroads.study.negotiations.entry_game import entry_game

        if self.config.entry is None:
            raise _without("[entry]", "it says who comes in, with which products")
        return entry_game(self, self.config.entry, self.market(), self.firms())

    def path(self) -> PathModel:
        """The same from period to period.

        Returns
        -------
        PathModel
            `follow("Amsel", {"Markt": 0, "Grund": 4})` is a path with deals from these periods
            on, `value` what it is worth against none.

        Raises
        ------
        InputError
            For a study without [path], [entry] or [firms].
        """
        return self._path

    @cached_property
    def _path(self) -> PathModel:
        from inroads.study.outlook.entrant_path import path_model

        if self.config.path is None:
            raise _without("[path]", "it says what happens from period to period")
        return path_model(self, self.config.path, self.negotiation())

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

    def with_assumptions(self, values: Mapping[str, float]) -> Study:
        """The same study under other values of assumptions, calibrated from where this one stands.

        Its market is calibrated anew, from this one's tastes, only where one of them has a part in
        the calibration; which makers one without sales is like, and what past launches say of
        quality, stand. So a value is tried in a fraction of a second.

        Parameters
        ----------
        values : mapping
            By id of an assumption, its value as written, in its unit.

        Returns
        -------
        Study
            A copy.

        Raises
        ------
        InputError
            For ids that assumptions.csv does not have.

        Examples
        --------
        >>> import inroads as ir
        >>> study = ir.load_study("us-2018")
        >>> other = study.with_assumptions({"awareness-campaign": 50.0})
        >>> other.facts.resolve("@awareness-campaign", "example").value
        0.5
        """
        from inroads.study.market.recalibration import under_assumptions

        return under_assumptions(self, values)


def load_study(name: str | Path, as_of: date | str | None = None) -> Study:
    """The study of a name, folder or workbook, every table checked.

    Parameters
    ----------
    name : str or Path
        Of one that comes with the package ("us-2018"), a folder, or a workbook (.xlsx).
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
    place = locate_study(name)
    with as_folder(place) as folder:
        study, problems = read_and_check(folder, place if folder == place else place.parent)
    if problems or study is None:
        raise InputError(problems)
    study = replace(study, folder=place)
    if as_of is not None:
        from inroads.tables.facts import parse_date

        try:
            study = study.at(parse_date(as_of))
        except InputError as error:
            raise InputError(replace(p, file="as-of") for p in error.problems) from None
    return study


def read_and_check(folder: Path, beside: Path | None = None) -> tuple[Study | None, list[Problem]]:
    """The study, if it can be read at all, and everything that is wrong with it; beside: from where
    its estimate is named, the folder unless given."""
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
        needed = not schema.optional or (name == "targets" and config and config.searches)
        if not needed and not (folder / schema.file).exists():
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
        problems.extend(problems_of_names(config, tables))
    estimate = None
    if config is not None and config.demand and "products" in tables:
        from inroads.study.demand.read_estimate import read_estimate

        try:
            estimate = read_estimate(config, beside or folder, tables["products"])
        except InputError as error:
            problems.extend(error.problems)
    if problems or config is None:
        return None, problems
    tables = {name: complete(table, SCHEMAS[name]) for name, table in tables.items()}
    return Study(folder, config, tables, config.study.as_of, estimate), []


def _without(part: str, why: str) -> InputError:
    return refuse(
        expected=f"a part {part}: {why}",
        found="none",
        where="study.toml",
        remedy="add it; `inroads new DIR --full` writes a study that has every part.",
    )
