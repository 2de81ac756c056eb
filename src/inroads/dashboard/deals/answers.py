"""What is known of a case so far, and in words and tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.outcomes import Outcome
from inroads.dashboard.deals.sliders import sliders_of
from inroads.dashboard.deals.study_cases import Network, StudyCases, Worth
from inroads.errors import InroadsError
from inroads.results.negotiations import Prospect
from inroads.study.negotiations.negotiations import certificate_of


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is known of a case so far: the first to come is the equilibrium. problem: why a part is
    not there."""

    case: Case
    solved: Outcome | None = None
    network: Network | None = None
    prospects: tuple[Prospect, ...] = ()
    worth: Worth | None = None
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing more will come."""
        return self.network is not None or bool(self.problem)


def equilibrium_answer(cases: StudyCases, case: Case) -> Answer:
    """The equilibrium of a case, or why there is none."""
    try:
        return Answer(case=case, solved=cases.solve(case))
    except InroadsError as error:
        return Answer(case=case, problem=str(error))


def whole_answer(cases: StudyCases, answer: Answer) -> Answer:
    """The same with what takes longer: whether deals hold, the odds, the periods to come."""
    case, config = answer.case, cases.study.config
    try:
        has_odds = config.negotiations is not None
        followed = config.path is not None and case.can_be_followed
        return Answer(
            case=case,
            solved=answer.solved,
            network=cases.network(case),
            prospects=cases.prospects(case) if has_odds else (),
            worth=cases.worth(case) if followed else None,
        )
    except InroadsError as error:
        return Answer(case=case, solved=answer.solved, problem=str(error))


def case_words(cases: StudyCases, case: Case) -> str:
    """What a case is: who with whom, and what was moved from where."""
    values = {slider.id: slider for slider in sliders_of(cases.study)}
    parts = [f"{values[id].name} {values[id].value:g} → {x:g}" for id, x in case.assumed]
    if case.contract != "linear price":
        parts.append(case.contract)
    if case.timing != "simultaneous":
        parts.append("retail prices answer")
    if case.weight is not None:
        parts.append(f"weight {case.weight:g}")
    if case.months:
        parts.append(f"{case.months} months")
    if case.down:
        parts.append(f"{case.down:.0%} at once")
    if case.tariff:
        parts.append(f"tariff of {case.tariff:.0%} on {', '.join(case.taxed)}")
    partners = " and ".join(case.partners) or "no partners"
    moved = "; ".join(parts) or "nothing moved"
    return f"{case.entrant} with {partners}: {moved}"


def proof_words(answered: Answer) -> str:
    """How well the equilibrium is proved."""
    assert answered.solved is not None
    proof = certificate_of(answered.solved.after)
    return (
        f"Equilibrium: first-order conditions met to {proof.residual:.0e}, no deviation found "
        "that pays."
    )


def case_tables(
    cases: StudyCases, outcome: Outcome, answered: Answer | None
) -> dict[str, pd.DataFrame]:
    """Every table of a case, by the name of its sheet."""
    tables: dict[str, pd.DataFrame] = {
        "Makers": outcome.makers,
        "Channels": outcome.sellers,
        "Products": outcome.offers,
    }
    if outcome.has_firms:
        deals = outcome.deals
        has_fees = bool((deals["fixed_fee"] != 0).any())
        tables = {"Deals": deals if has_fees else deals.drop(columns="fixed_fee"), **tables}
    if answered is not None and answered.network is not None:
        tables["Network"] = answered.network.deals
    if answered is not None and answered.prospects:
        columns = (
            *("channel", "state", "launch_probability", "value_if_launched"),
            *("expected_value", "channel_expected_value", "break_even_hazard"),
        )
        rows = [[str(getattr(p, c)) if c == "state" else getattr(p, c) for c in columns]
                for p in answered.prospects]  # fmt: skip
        tables["Prospects"] = pd.DataFrame(rows, columns=list(columns)).set_index("channel")
    tables["Ledger"] = cases.ledger(outcome.case).set_index("where")
    return tables
