"""What may be moved: the assumptions that study.toml refers to, within their ranges."""

import pytest

from inroads.dashboard.deals.sliders import Group, Slider, highest, nice_step, sliders_of
from inroads.dashboard.deals.study_cases import StudyCases


def test_every_slider_is_an_assumption_with_its_range(cases: StudyCases) -> None:
    sliders = {slider.id: slider for slider in sliders_of(cases.study)}
    rows = cases.study.tables["assumptions"].set_index("id")
    for id, slider in sliders.items():
        low, value, high = (float(rows.loc[id, name]) for name in ("low", "value", "high"))
        assert (slider.low, slider.value, slider.high) == (low, value, high)
        assert slider.reason == rows.loc[id, "reason"]
    assert sliders["amsel-known"].name == "Amsel known"
    assert sliders["chains-weight"].name == "Chains weight"
    groups = {id: slider.group for id, slider in sliders.items()}
    assert groups["amsel-known"] == groups["amsel-known-with-shelf"] == Group.AWARENESS
    assert groups["brewer-margin"] == groups["chains-weight"] == Group.BARGAINING
    assert groups["talks-fail"] == groups["launch-cost"] == Group.HAZARDS
    assert groups["learn-from-shelf"] == Group.PERIODS
    calibrating = {id for id, slider in sliders.items() if slider.calibrates}
    assert calibrating == {"amsel-known", "none-bought"}
    # Facts stand, and so do assumptions that are known exactly.
    assert not set(sliders) & set(cases.study.tables["facts"]["id"])


@pytest.mark.parametrize(
    ("width", "step"), [(45.0, 0.5), (0.32, 0.005), (1.4e8, 2e6), (1.0, 0.02), (0.12, 0.002)]
)
def test_a_step_is_one_two_or_five(width: float, step: float) -> None:
    assert nice_step(width) == pytest.approx(step)


def test_a_slider_that_is_not_moved_keeps_its_value() -> None:
    slider = Slider(id="a", name="A", group=Group.AWARENESS, low=0.4, high=2.4, value=1.43)
    assert slider.step == pytest.approx(0.02)
    # A page can only show whole steps from the low end.
    assert slider.taken(1.42) == slider.taken(1.44) == 1.43
    assert slider.taken(1.5) == 1.5
    assert slider.taken(9.0) == 2.4


def test_how_far_what_is_tried_may_go(cases: StudyCases) -> None:
    assert highest(cases.study, None) == 0.0
    assert highest(cases.study, 0.2) == 0.2
    assert highest(cases.study, "@chains-weight") == 0.8
