"""How long a person waits: from a slider's move to list prices, equilibrium and periods to come.

    python benchmarks/dashboard.py             the numbers, and end to end in Chromium
    python benchmarks/dashboard.py --numbers   the numbers alone

The study is us-2018. Goals: list prices within 0.3 s, the equilibrium within 2 s. In the browser
time runs from the slider's event to the figure on the page, on a machine that does nothing else.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from inroads.dashboard.deals.cases import Case, first_case
from inroads.dashboard.deals.pictures import makers_picture
from inroads.dashboard.deals.sliders import Slider, sliders_of
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.study.load import load_study

GOALS = {"list prices": 0.3, "equilibrium": 2.0}
#: that have a part in the calibration, and that have none
MOVED = ("awareness-campaign", "entrant-weight", "maker-margin", "awareness-huawei", "later-weight")
STEPS = 4
#: where a slider stands, and how long until a figure of each kind is new
WAIT = """async ([id, value]) => {
  const text = place => document.querySelector(`#${place} .figure.first .value`)?.innerText;
  const before = { listed_figures: text('listed_figures'), solved_figures: text('solved_figures') };
  const since = {}, begun = performance.now();
  const slider = $(`#${id}`);
  slider.data('ionRangeSlider').update({ from: value });
  slider.trigger('change');
  await new Promise(done => {
    const look = () => {
      for (const place of Object.keys(before)) {
        const faint = document.querySelector(`#${place} .computing`);
        const is_new = text(place) !== before[place] && !faint;
        if (is_new) since[place] ??= performance.now() - begun;
      }
      const waited = performance.now() - begun;
      // Not every slider moves list prices, which would be there first.
      if (since.solved_figures || waited > 30000) done();
      else requestAnimationFrame(look);
    };
    look();
  });
  return since;
}"""


def row(name: str, seconds: list[float], goal: float | None = None) -> None:
    """One line of the table."""
    aim = "" if goal is None else f"  goal {goal:g}"
    middle, longest = statistics.median(seconds), max(seconds)
    print(f"{name:44s} median {middle:6.2f}  longest {longest:6.2f} s{aim}")


def positions(slider: Slider) -> list[float]:
    """Places of a slider to try."""
    width = slider.high - slider.low
    return [slider.low + width * (k + 1) / (STEPS + 1) for k in range(STEPS)]


def timed(work: Callable[[], object]) -> float:
    """CPU seconds, which others on the machine do not lengthen."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def numbers() -> None:
    """The numbers of cases never asked for before, without a page."""
    study = load_study("us-2018")
    cases = StudyCases(study)
    case = first_case(study)
    cases.solve(case)
    cases.worth(case)
    makers_picture(cases.at_list_prices(case), None, study.config.words).on_page(420)
    sliders = {slider.id: slider for slider in sliders_of(study)}
    times: dict[str, list[float]] = {}

    def listed(moved: Case) -> None:
        outcome = cases.at_list_prices(moved)
        makers_picture(outcome, None, study.config.words).on_page(420)

    for id in MOVED:
        kind = "calibrated anew" if sliders[id].calibrates else "calibration stands"
        for value in positions(sliders[id]):
            moved = case.assuming({id: value})
            for what, work in (
                ("list prices", listed),
                ("equilibrium", cases.solve),
                ("whether deals hold", cases.network),
                ("periods to come", cases.worth),
            ):
                name = f"{what}, {kind}"
                times.setdefault(name, []).append(timed(lambda w=work, m=moved: w(m)))
    for name, seconds in sorted(times.items()):
        row(name, seconds, GOALS.get(name.partition(",")[0]))


def in_browser() -> None:
    """The same from a slider's move to the figure on the page."""
    from playwright.sync_api import sync_playwright

    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no Chromium and no Chrome on PATH: nothing timed in a browser")
        return
    command = [sys.executable, "-m", "inroads", "dashboard", "us-2018", "--no-browser"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        match = next(filter(None, (re.search(r"http://\S+", line) for line in served.stdout)), None)
        assert match is not None
        study = load_study("us-2018")
        sliders = {slider.id: slider for slider in sliders_of(study)}
        times: dict[str, list[float]] = {name: [] for name in GOALS}
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
            )
            page = chromium.new_page(viewport={"width": 1400, "height": 900})
            page.goto(match[0])
            page.locator("#network svg").wait_for(timeout=60_000)
            for id in MOVED:
                for value in positions(sliders[id])[:2]:
                    since = page.evaluate(WAIT, [f"a_{id.replace('-', '_')}", value])
                    for place, name in (
                        ("listed_figures", "list prices"),
                        ("solved_figures", "equilibrium"),
                    ):
                        # What a slider does not move at list prices is not waited for.
                        if place in since:
                            times[name].append(since[place] / 1000)
                    page.wait_for_timeout(2500)
            chromium.close()
        served.terminate()
    for name, seconds in times.items():
        row(f"{name}, in the browser", seconds, GOALS[name])


def main() -> None:
    """Both tables."""
    numbers()
    if "--numbers" not in sys.argv:
        in_browser()


if __name__ == "__main__":
    main()
