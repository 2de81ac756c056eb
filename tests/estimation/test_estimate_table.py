"""Estimates side by side."""

from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir


@cache
def fits():
    panel = ir.read_panel(pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION))
    return (
        ir.estimate(ir.Demand("1 + prices + sugar"), panel),
        ir.estimate(ir.Demand("0 + prices", absorb="product_ids"), panel, steps=1),
    )


def test_numbers_are_those_of_the_estimates():
    first, second = fits()
    frame = ir.table([first, second]).to_frame()
    assert list(frame.index) == ["1", "prices", "sugar"]
    assert frame.at["prices", ("(2)", "estimate")] == second.params["prices"]
    assert frame.at["sugar", ("(1)", "standard_error")] == first.standard_errors["sugar"]
    assert np.isnan(frame.at["sugar", ("(2)", "estimate")])


def test_text_html_and_latex_say_the_same():
    first, second = fits()
    table = ir.table({"plain": first, "products & taste": second}, parameters=["prices"])
    estimate = f"{second.params['prices']:.4g}"
    error = f"({second.standard_errors['prices']:.4g})"
    text = str(table)
    lines = text.splitlines()
    assert lines[0].split("  ")[-1] == "products & taste"
    assert lines[1].endswith(estimate)
    assert lines[2].endswith(error)
    assert "2,256" in text
    assert f"<td>{estimate}<br>{error}</td>" in table.to_html()
    assert "<th>products &amp; taste</th>" in table.to_html()
    latex = table.to_latex()
    assert "products \\& taste" in latex
    assert f"${estimate}$" in latex
    assert latex.count("\\\\") == 3 + 5


def test_bad_input():
    with pytest.raises(ir.InputError, match=r"estimates, as ir\.estimate gives them"):
        ir.table([fits()[0], "fit"])
    with pytest.raises(ir.InputError, match="found none"):
        ir.table([])
    with pytest.raises(ir.InputError, match="names of parameters"):
        ir.table(fits(), parameters=["price"])
