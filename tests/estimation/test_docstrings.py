"""Examples in docstrings print what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["estimate", "specification"])
def test_examples_print_what_they_say(name):
    module = importlib.import_module(f"inroads.estimation.{name}")
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
