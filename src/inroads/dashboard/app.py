"""The page: a tab for a study's deals, one for its plans, one for mergers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from shiny import App, Inputs, Outputs, Session, ui

from inroads.dashboard.deals.panel import study_panel
from inroads.dashboard.deals.source import StudySource
from inroads.dashboard.deals.tab import serve_study
from inroads.dashboard.mergers.panel import merger_panel
from inroads.dashboard.mergers.tab import serve_mergers
from inroads.dashboard.plans.panel import plan_panel
from inroads.dashboard.plans.plan_cases import PlanCases
from inroads.dashboard.plans.tab import serve_plans
from inroads.report.page import fonts

_FOLDER = Path(__file__).parent


class Dashboard:
    """The app of a study (or of mergers alone), and the threads in which it solves.

    Two: an equilibrium does not wait for the periods to come of a case that was moved on. What is
    no longer asked for is dropped before it begins.
    """

    def __init__(self, source: StudySource | None) -> None:
        self.source = source
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="solve")
        self.app = App(self._page, self._serve)

    def close(self) -> None:
        """Drop what waits to be solved."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def _plans(self) -> PlanCases | None:
        """Plans of the study as it was last read; of those that were made, where runs go."""
        if self.source is None:
            return None
        study = self.source.cases.study
        return PlanCases(study, Path("out") / study.config.study.name)

    def _page(self, request: object) -> Any:
        panels = [merger_panel()]
        title = "inroads"
        if self.source is not None:
            study = self.source.cases.study
            title = f"inroads: {study.config.study.name}"
            plans = [plan_panel(self._plans)] if self._plans and self._plans.has_path else []
            panels = [study_panel(self.source.cases), *plans, *panels]
        return ui.page_navbar(
            *panels,
            ui.nav_spacer(),
            ui.nav_control(ui.input_dark_mode(id="mode")),
            title=title,
            id="tab",
            header=ui.head_content(
                ui.tags.style(_faces()),
                ui.include_css(_FOLDER / "dashboard.css", method="inline"),
                ui.include_js(_FOLDER / "dashboard.js", method="inline"),
            ),
            window_title=title,
            lang="en",
            fillable=False,
        )

    def _serve(self, input: Inputs, output: Outputs, session: Session) -> None:
        if self.source is not None:
            serve_study(self.source, self._pool, input, session)
            if (plans := self._plans) is not None and plans.has_path:
                serve_plans(plans, self._pool, input, output, session)
        serve_mergers(self._pool, input, output, session)


def _faces() -> str:
    """The report's font, so that pictures are drawn as wide as they were measured."""
    source = "url(data:font/woff2;base64,{1})"
    face = f"@font-face {{{{ font-family: Arimo; font-weight: {{0}}; src: {source}; }}}}"
    return "\n".join(face.format(weight, data) for weight, data in fonts().items())
