"""Settings that every test shares."""

import json
import sys
from functools import cache
from typing import Any

import pytest
import vl_convert
from hypothesis import settings

# Timing on a shared machine says nothing, and a test that fails must fail again.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")


_vegalite_to_svg = vl_convert.vegalite_to_svg


@cache
def _drawn(spec: str) -> str:
    return str(_vegalite_to_svg(spec))


def _drawn_once(spec: Any) -> str:
    return _drawn(json.dumps(spec, default=str))


# Most pages of tests show the same charts.
vl_convert.vegalite_to_svg = _drawn_once


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine a run says every ten seconds how far it is; tests look at what else it
    says."""
    if "inroads.cli.progress" in sys.modules:
        monkeypatch.setattr("inroads.cli.progress.EVERY", 1e6)
