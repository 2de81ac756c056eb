"""Settings that every test shares."""

import sys

import pytest
from hypothesis import settings

# Timing on a shared machine says nothing, and a test that fails must fail again.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine a run says every ten seconds how far it is; tests look at what else it
    says."""
    if "inroads.cli.progress" in sys.modules:
        monkeypatch.setattr("inroads.cli.progress.EVERY", 1e6)
