"""Examples in docstrings print what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["launches", "random_effects", "retrodict"])
def test_examples_print_what_they_say(name: str) -> None:
    module = importlib.import_module(f"inroads.entry.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
