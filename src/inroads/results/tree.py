"""The whole answer of a study."""

from __future__ import annotations

from typing import Literal

from inroads.display import Card, counted
from inroads.results.base import Record
from inroads.results.calibration import Calibration, Hedonic, Placebo
from inroads.results.firms import Firms
from inroads.results.launches import PastLaunches
from inroads.results.market import (
    Baseline,
    Decomposition,
    SalesSwing,
    Scenario,
    ScenarioGroup,
)
from inroads.results.negotiations import NegotiationResults
from inroads.results.outlook import Outlook
from inroads.results.plans import FirmPlan
from inroads.results.study import Features, LedgerEntry, Lock, StudyInfo
from inroads.results.words import Words

#: of results.json; it changes whenever a field changes its name or meaning
SCHEMA_VERSION: Literal[4] = 4


class Results(Record):
    """What a run of a study computed. Parts that a study does not ask for are None or empty."""

    schema_version: Literal[4] = SCHEMA_VERSION
    inroads_version: str
    lock: Lock | None = None
    """What the run was made of and with; None in results that no run made."""
    study: StudyInfo
    words: Words = Words()
    features: Features
    headline_partners: tuple[str, ...] = ()
    """The channels of the answer; empty without [entry]."""
    baseline: Baseline
    """The market of the data."""
    scenarios: tuple[Scenario, ...]
    decompositions: tuple[Decomposition, ...] = ()
    calibration: Calibration
    hedonic: Hedonic | None = None
    """None where every product has sales."""
    placebo: Placebo | None = None
    """Makers left out in turn; None without a line, or with one maker only."""
    sales_swings: tuple[SalesSwing, ...] = ()
    firms: Firms | None = None
    """None without [firms]."""
    negotiations: NegotiationResults | None = None
    """None without [negotiations]."""
    outlook: Outlook | None = None
    """None without [path]."""
    plans: tuple[FirmPlan, ...] = ()
    """Of firms whose plans `inroads plan` has made of the same inputs."""
    launches: PastLaunches | None = None
    """None without launches.csv, or where nothing of it was known yet."""
    ledger: tuple[LedgerEntry, ...]

    def _shown(self) -> Card:
        parts = [name for name, part in self if part not in (None, (), {})]
        return Card(
            line=f"Results of {self.study.name}: {counted(len(self.scenarios), 'scenario')}, "
            f"inroads {self.inroads_version}",
            next_steps=tuple(f"results.{part}" for part in parts),
        )

    def __repr__(self) -> str:
        return f"<{self._shown().line}>"

    def _repr_html_(self) -> str:
        return self._shown().html()

    def scenarios_of(self, *groups: ScenarioGroup) -> list[Scenario]:
        """Scenarios of some groups, in the order of the run.

        Parameters
        ----------
        *groups : ScenarioGroup
            Which.

        Returns
        -------
        list of Scenario
            Of these groups.
        """
        return [s for s in self.scenarios if s.group in groups]

    @property
    def entrants(self) -> list[str]:
        """Everyone who enters in a scenario of entry, the first first."""
        entry = self.scenarios_of(ScenarioGroup.ENTRY)
        return list(dict.fromkeys(entrant for s in entry for entrant in s.entrants))

    @property
    def has_politics(self) -> bool:
        """Whether politics may end a deal or its sales, or intervenes."""
        stops = self.outlook is not None and self.outlook.stop_hazard > 0
        return stops or (self.negotiations is not None and self.negotiations.has_politics)

    @property
    def partners_of_answer(self) -> tuple[str, ...]:
        """The headline's partners; where none are named, the last but one set that was tried."""
        if self.headline_partners:
            return self.headline_partners
        entry = self.scenarios_of(ScenarioGroup.ENTRY)
        tried = list(dict.fromkeys(s.partners for s in entry if s.partners))
        return tried[-2:][0] if tried else ()

    def entering_alone(
        self, entrant: str, group: ScenarioGroup = ScenarioGroup.ENTRY
    ) -> list[Scenario]:
        """Scenarios of a group in which only this entrant enters.

        Parameters
        ----------
        entrant : str
            Its name.
        group : ScenarioGroup
            Which.

        Returns
        -------
        list of Scenario
            In the order of the run.
        """
        return [s for s in self.scenarios_of(group) if list(s.entrants) == [entrant]]

    def headline_scenario(self, entrant: str) -> Scenario | None:
        """The entrant alone, with the partners of the answer, at list prices.

        Parameters
        ----------
        entrant : str
            Its name.

        Returns
        -------
        Scenario or None
            None where it was not played.
        """
        partners = self.partners_of_answer
        return next((s for s in self.entering_alone(entrant) if s.partners == partners), None)

    @property
    def entering_together(self) -> Scenario | None:
        """All entrants at once with the partners of the answer; with one entrant, it alone."""
        for scenario in self.scenarios_of(ScenarioGroup.ENTRY):
            if (
                list(scenario.entrants) == self.entrants
                and scenario.partners == self.partners_of_answer
            ):
                return scenario
        return None
