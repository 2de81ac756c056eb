"""A small study of which every plan is known by brute force: one entrant, two chains."""

from pathlib import Path

import pytest

import inroads
from inroads.study.load import Study, load_study

TEMPLATE = Path(inroads.__file__).parent / "study" / "template_full"


@pytest.fixture(scope="package")
def beer() -> Study:
    return load_study(TEMPLATE)
