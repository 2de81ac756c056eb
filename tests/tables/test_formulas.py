"""Formulas: the matrix, its replay on new rows, and what may not be said."""

import subprocess
import sys
from pathlib import Path

import formulaic
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inroads.errors import InputError
from inroads.tables.formulas import apply, design_matrix

DATA = pd.DataFrame(
    {"price": [100, 400, 900], "ram": [2.0, 4.0, 6.0], "manufacturer": ["LG", "Apple", "LG"]}
)


def test_the_matrix() -> None:
    matrix, spec = design_matrix("1 + log(price) + C(manufacturer) + ram:price", DATA)
    assert list(matrix.columns) == ["Intercept", "log(price)", "C(manufacturer)[T.LG]", "ram:price"]
    expected = np.column_stack([np.ones(3), np.log([100, 400, 900]), [1, 0, 1], [200, 1600, 5400]])
    np.testing.assert_allclose(matrix.to_numpy(), expected, rtol=1e-15)
    assert spec.columns == tuple(matrix.columns)
    assert (matrix.dtypes == np.float64).all()


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("0 + price", {"price": [100, 400, 900]}),
        ("price - 1", {"price": [100, 400, 900]}),
        ("0 + sqrt(price)", {"sqrt(price)": [10, 20, 30]}),
        ("0 + abs(ram - 4)", {"abs(ram - 4)": [2, 0, 2]}),
        ("0 + exp(log(ram)*2)", {"exp(log(ram) * 2)": [4, 16, 36]}),
        ("0 + sqrt(ram**2)", {"sqrt(ram ** 2)": [2, 4, 6]}),
        (
            "0 + C(manufacturer)",
            {"C(manufacturer)[Apple]": [0, 1, 0], "C(manufacturer)[LG]": [1, 0, 1]},
        ),
        ("0", {}),
    ],
)
def test_terms(formula: str, columns: dict[str, list[float]]) -> None:
    matrix, _ = design_matrix(formula, DATA)
    assert list(matrix.columns) == list(columns)
    for name, values in columns.items():
        np.testing.assert_allclose(matrix[name], values, rtol=1e-12)
    assert len(matrix) == 3


def test_a_new_product_gets_the_same_columns() -> None:
    matrix, spec = design_matrix("log(price) + manufacturer", DATA)
    new = pd.DataFrame({"manufacturer": ["LG"], "price": [400], "colour": ["red"]}, index=[7])
    row = apply(spec, new)
    assert list(row.columns) == list(matrix.columns)
    assert row.index.tolist() == [7]
    np.testing.assert_allclose(row.to_numpy(), [[1, np.log(400), 1]], rtol=1e-15)
    pd.testing.assert_frame_equal(apply(spec, DATA), matrix)


def test_an_unknown_level_is_refused() -> None:
    _, spec = design_matrix("price + manufacturer", DATA)
    new = pd.DataFrame({"manufacturer": ["LG", "Huawei"], "price": [1, 2]})
    with pytest.raises(InputError, match=r"row 3, column 'manufacturer': found Huawei.*Apple, LG"):
        apply(spec, new)
    with pytest.raises(InputError, match="no column manufacturer"):
        apply(spec, new[["price"]])


def test_blank_and_infinite_values_are_refused() -> None:
    blank = DATA.assign(ram=[1.0, np.nan, 2.0])
    with pytest.raises(InputError, match="row 3, column 'ram': found nothing"):
        design_matrix("ram", blank)
    with pytest.raises(InputError, match=r"row 2, column 'log\(ram - 2\)': found -inf"):
        design_matrix("log(ram - 2)", DATA)
    with pytest.raises(InputError, match=r"row 2, column 'log\(ram - 3\)': found nan"):
        design_matrix("log(ram - 3)", DATA)


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("__import__('os').system('touch x')", "system"),
        ("log(__import__('os').system('touch x'))", "system"),
        ("open('x', 'w')", "open"),
        ("exec(price)", "the function exec"),
        ("eval(price)", "the function eval"),
        ("Q(price)", "the function Q"),
        ("poly(price)", "say how many: poly(column, degree=3)"),
        ("poly(price, ram)", "poly takes a column and"),
        ("poly(price, 2, True, 1)", "poly takes a column and"),
        ("poly(price, degree=2, raw=2)", "poly takes a column and"),
        ("bs(price, df=True)", "bs takes a column and"),
        ("bs(price, df=400)", "bs takes a column and"),
        ("bs(price, knots=4)", "bs takes a column and"),
        ("bs(price, **price)", "bs takes a column and"),
        ("poly(bs(price, df=4), 2)", "a curve within poly"),
        ("bs(open('x', 'w'), df=4)", "open('x', 'w')"),
        ("poly(2, 3)", "poly"),
        ("price.to_csv('x')", "to_csv"),
        ("price.values", "price.values"),
        ("price[0]", "price[0]"),
        ("np", "no column np"),
        ("prise", "did you mean 'price'?"),
        ("log", "no column log"),
        ("C(log(price))", "C of something"),
        ("log(price)(ram)", "log(price)(ram)"),
        ("log(price, ram)", "log(price, ram)"),
        ("(lambda: price)()", "lambda"),
        ("[price for price in ram]", "price for price in ram"),
        ("{price}", "{price}"),
        ("`prise`", "did you mean 'price'?"),
        ("`price", "the character '`'"),
        ("``", "no column "),
        ("price = ram", "unreadable"),
        ("'price'", "'price'"),
        ("price ~ ram", "the character '~'"),
        ("price | ram", "price | ram"),
        ("price if ram else 1", "price if ram else 1"),
        ("price # ram", "the character '#'"),
        ("price\nram", "the character '\\n'"),
        ("ｐrice", "no column ｐrice"),
        ("(a := 1)", "a := 1"),
        ("True", "True"),
        ("log(price:ram)", "log(price:ram)"),
        ("price**ram", "a power that is not a plain number"),
        ("log(price + 10**9**9)", "a power that is not a plain number"),
        ("log(price + (10**9)**9)", "the power of a number"),
        ("price**10", "the power 10"),
        ("*".join(["(price+ram)"] * 40), "more than"),
        ("(" * 500 + "price" + ")" * 500, "unreadable"),
        ("+".join(["price"] * 900), "characters"),
        ("log(manufacturer)", "log"),
        ("price +", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_anything_else_is_refused_by_name(
    formula: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        design_matrix(formula, DATA)
    assert name in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_column_cannot_take_the_place_of_a_function() -> None:
    with pytest.raises(InputError, match="a column named log"):
        design_matrix("log(price)", DATA.assign(log=1.0))


@given(st.text(alphabet="price ram+-*/:()0123.logC~|`'[]{}@#\n", max_size=25))
def test_any_formula(formula: str) -> None:
    try:
        matrix, spec = design_matrix(formula, DATA)
    except InputError as error:
        assert "formula" in str(error)
    else:
        assert np.isfinite(matrix.to_numpy()).all()
        pd.testing.assert_frame_equal(apply(spec, DATA), matrix)


ODD = {
    "list price": [1.0, 2.0, 4.0, 8.0],
    "größe": [3.0, 1.0, 2.0, 5.0],
    "2 doors": [1.0, 0.0, 0.0, 1.0],
    "class": [1.0, 2.0, 3.0, 5.0],
    "log": [1.0, 3.0, 2.0, 0.0],
    "doors (number)": [2.0, 4.0, 3.0, 4.0],
    "x.y": [1.0, 1.0, 2.0, 1.0],
    "x": [1.0, 2.0, 3.0, 4.0],
    "column_0_": [0.0, 0.0, 1.0, 0.0],
}


@pytest.mark.parametrize("name", ODD)
def test_any_name_may_stand_in_backticks(name: str) -> None:
    data = pd.DataFrame(ODD)
    written = name if name.isidentifier() else f"`{name}`"
    matrix, spec = design_matrix(f"0 + `{name}` + exp(`{name}`):x + column_0_", data)
    values = np.array(ODD[name])
    columns = {
        written: values,
        f"exp({written}):x": np.exp(values) * ODD["x"],
        "column_0_": ODD["column_0_"],
    }
    assert set(matrix) == set(columns)
    for column, expected in columns.items():
        np.testing.assert_allclose(matrix[column], expected, rtol=1e-12)
    pd.testing.assert_frame_equal(apply(spec, data.iloc[1:3]), matrix.iloc[1:3])
    categories, _ = design_matrix(f"0 + C(`{name}`)", data)
    assert [column.partition("[")[0] for column in categories] == [f"C({written})"] * len(
        set(ODD[name])
    )


def test_letters_beyond_ascii_need_no_backticks() -> None:
    decomposed = "gro\u0308ße"
    matrix, _ = design_matrix("0 + größe", pd.DataFrame({decomposed: [1.0, 2.0]}))
    assert matrix.iloc[:, 0].tolist() == [1.0, 2.0]
    with pytest.raises(InputError, match="did you mean 'größe'"):
        design_matrix("größse", pd.DataFrame(ODD))


@pytest.mark.parametrize(
    "curve",
    [
        *("poly(x, 2)", "poly(x, degree=3, raw=True)", "bs(x, df=5)", "bs(x, df=4, degree=2)"),
        *("cr(x, df=4)", "cr(log(x), df=3)"),
    ],
)
def test_curves_are_those_of_the_rows_they_were_fixed_on(curve: str) -> None:
    data = pd.DataFrame({"x": np.random.default_rng(0).uniform(1, 2, 30)})
    matrix, spec = design_matrix(f"{curve} + y", data.assign(y=data["x"] ** 5))
    assert np.linalg.matrix_rank(matrix) == matrix.shape[1]
    one = data.iloc[[17]].reset_index(drop=True).assign(y=lambda row: row["x"] ** 5)
    np.testing.assert_allclose(apply(spec, one), matrix.iloc[[17]], rtol=1e-12)


def test_bs_ends_where_its_rows_do() -> None:
    data = pd.DataFrame({"x": np.linspace(1, 2, 9)})
    _, spec = design_matrix("bs(x, df=4)", data)
    with pytest.raises(InputError, match=r"beyond those on which bs was fixed.*write cr"):
        apply(spec, pd.DataFrame({"x": [2.5]}))
    line, spec = design_matrix("cr(x, df=4)", data)
    weights = np.linalg.lstsq(line, 3 * data["x"], rcond=None)[0]
    beyond = apply(spec, pd.DataFrame({"x": [2.5]}))
    np.testing.assert_allclose(beyond @ weights, [7.5], rtol=1e-9)


def test_arithmetic_stands_inside_of_I() -> None:
    data = pd.DataFrame({"income": [2.0, 4.0], "price": [1.0, 3.0]})
    matrix, _ = design_matrix("0 + I(1 / income) + I(price * income - 1)", data)
    assert matrix.to_numpy().tolist() == [[0.5, 1.0], [0.25, 11.0]]


@pytest.mark.parametrize(
    "formula",
    ["x", "1 + x", "0 + x", "x + 0", "x + y", "0 + y + x + y", "y + 1 + x", "1", "1 + x + x"],
)
def test_plain_columns_are_what_formulaic_makes_of_them(formula):
    """Sums of columns are put together without formulaic, which takes longer to load."""
    data = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, -1.0, 2.0]}, index=[4, 7, 9])
    found, spec = design_matrix(formula, data)
    expected = formulaic.model_matrix(formula, data.astype(float))
    assert list(found.columns) == list(expected.columns)
    np.testing.assert_array_equal(found, expected)
    assert found.index.equals(data.index)
    pd.testing.assert_frame_equal(apply(spec, data.iloc[:2]), found.iloc[:2])


def test_plain_columns_load_no_formulaic():
    program = (
        "import sys, pandas as pd; from inroads.tables.formulas import design_matrix; "
        "design_matrix('0 + x', pd.DataFrame({'x': [1.0, 2.0]})); "
        "print('formulaic' in sys.modules or 'narwhals' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
