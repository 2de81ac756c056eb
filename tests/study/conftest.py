"""The shipped study, read and played once for all tests."""

from dataclasses import replace

import pytest

from inroads.study.load import Study, load_study
from inroads.study.results import Results
from inroads.study.run import run


@pytest.fixture(scope="session")
def us() -> Study:
    return load_study("us-2018")


@pytest.fixture(scope="session")
def us_results(us: Study) -> Results:
    """A run of the study; of the assumptions to vary one only, for the sake of time."""
    entry = us.config.entry
    assert entry is not None
    fewer = entry.model_copy(update={"vary": ("awareness-huawei",)})
    return run(replace(us, config=us.config.model_copy(update={"entry": fewer})))
