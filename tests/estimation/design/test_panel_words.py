"""Words in tables: for missing values, for products, columns and levels; files of other kinds."""

import numpy as np
import pandas as pd
import pyblp
import pytest
from hypothesis import given
from hypothesis import strategies as st

import inroads as ir
from inroads.estimation.design.matrices import build_design
from inroads.tables.cells import MISSING
from inroads.tables.formulas import design_matrix
from inroads.tables.naming import suggestion


def products(markets=20, J=3, seed=0):
    rng = np.random.default_rng(seed)
    N = markets * J
    return pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J), markets),
            "product_ids": np.tile(np.arange(J), markets),
            "shares": rng.uniform(0.05, 0.2, N),
            "prices": rng.uniform(1, 2, N),
            "doors": rng.integers(2, 6, N),
            "colour": np.tile(["red", "blue", "grey"], markets),
            "demand_instruments0": rng.normal(size=N),
        }
    )


def with_cell(frame, column, cell, row=7):
    frame = frame.astype({column: object})
    frame.loc[row, column] = cell
    return frame


def through(door, frame, folder):
    """The frame itself, or a file of it."""
    if door == "frame":
        return frame
    frame.to_csv(folder / "table.csv", index=False)
    return folder / "table.csv"


DOORS = pytest.mark.parametrize("door", ["frame", "file"])


class TestMissing:
    @DOORS
    @pytest.mark.parametrize("word", sorted(MISSING))
    def test_a_word_in_a_column_of_numbers(self, door, word, tmp_path):
        panel = ir.read_panel(through(door, with_cell(products(), "doors", word), tmp_path))
        assert panel.notes == ()
        message = rf"row 9, column 'doors': found {word.replace('?', '[?]')}; expected a number"
        for demand in (ir.Demand("1 + prices + doors"), ir.Demand("1 + prices + log(doors)")):
            with pytest.raises(ir.InputError, match=message) as caught:
                ir.estimate(demand, panel)
            assert "drop the row" in str(caught.value)
        with pytest.raises(ir.InputError, match=message):
            ir.blp_instruments("0 + doors", panel)
        # What no formula uses is in nobody's way.
        assert ir.estimate(ir.Demand("1 + prices"), panel).converged

    @DOORS
    @pytest.mark.parametrize("demand", ["1 + prices + C(doors)", "absorb"])
    def test_a_word_beside_numbers_in_a_category(self, door, demand, tmp_path):
        panel = ir.read_panel(through(door, with_cell(products(), "doors", "NA"), tmp_path))
        given = ir.Demand(demand) if demand != "absorb" else ir.Demand("0 + prices", absorb="doors")
        with pytest.raises(ir.InputError, match="row 9, column 'doors': found NA"):
            ir.estimate(given, panel)

    @DOORS
    def test_a_demographic(self, door, tmp_path):
        frame = products().astype({"market_ids": str})
        agents = ir.draw_agents(frame["market_ids"].unique(), "halton", 5, 1)
        agents["kids"] = np.arange(len(agents)) % 3
        panel = ir.read_panel(frame, through(door, with_cell(agents, "kids", "n/a", 3), tmp_path))
        demand = ir.Demand("1 + prices", random="0 + prices", demographics="0 + kids")
        with pytest.raises(ir.InputError, match="row 5, column 'kids': found n/a"):
            ir.estimate(demand, panel, start={"pi": [[0.1]]})

    @DOORS
    @pytest.mark.parametrize("column", ["market_ids", "firm_ids", "product_ids"])
    def test_ids(self, door, column, tmp_path):
        table = through(door, with_cell(products(), column, "#N/A"), tmp_path)
        with pytest.raises(ir.InputError, match=f"row 9, column '{column}': found #N/A"):
            ir.read_panel(table)

    @DOORS
    def test_a_level_of_text_is_noted(self, door, tmp_path):
        frame = with_cell(with_cell(products(), "colour", "NA"), "colour", "-", 9)
        panel = ir.read_panel(through(door, frame, tmp_path))
        assert panel.notes == (
            "levels like any other, not blank cells: 'NA', '-' in 'colour' (first in row 9)",
        )
        assert "C(colour)[T.NA]" in design_matrix("1 + C(colour)", panel.products)[0]
        assert "'NA', '-'" in ir.estimate(ir.Demand("1 + prices"), panel).summary()

    def test_names_that_are_mostly_numbers(self):
        """300, 500 and S4 are models of cars: at fault as numbers, not as names."""
        model = np.resize(np.array(["300", "500", "208", "S4"], dtype=object), 60)
        panel = ir.read_panel(products().assign(model=model, clustering_ids=model))
        assert panel.notes == ()
        assert ir.estimate(ir.Demand("0 + prices", absorb="model"), panel).converged
        assert len(build_design(ir.Demand("prices + C(model)"), panel).linear) == 5
        with pytest.raises(ir.InputError, match="row 5, column 'model': found S4; expected a num"):
            build_design(ir.Demand("prices + model"), panel)

    @pytest.mark.parametrize("cell", ["1,5", "1 000", "20%", "$649", "3.50 €"])
    @pytest.mark.parametrize("every", [True, False])
    def test_numbers_in_another_way_of_writing(self, cell, every):
        """As levels they would be a dummy each."""
        x = np.array([cell] * 60, dtype=object)
        x[1::2] = x[1::2] if every else "3"
        panel = ir.read_panel(products().assign(x=x))
        with pytest.raises(ir.InputError, match=r"row 2, column 'x': .*write digits only, as 1000"):
            build_design(ir.Demand("1 + x"), panel)
        if not every:
            assert len(build_design(ir.Demand("1 + C(x)"), panel).linear) == 2

    def test_a_column_mostly_of_text_is_text(self):
        mixed = np.resize(np.array(["3", "red", "blue"], dtype=object), 60)
        panel = ir.read_panel(products().assign(mixed=mixed))
        assert len(build_design(ir.Demand("0 + mixed"), panel).linear) == 3

    @given(
        cells=st.lists(
            st.one_of(
                st.integers(0, 9).map(str), st.sampled_from(["NA", "n/a", "", "red", "blue", "1e1"])
            ),
            min_size=6,
            max_size=6,
        )
    )
    def test_no_number_is_made_a_level_or_no_word_a_number(self, cells):
        """Whatever the cells are: numbers as they stand, text as levels, or a refusal."""
        panel = ir.read_panel(products(2).assign(x=np.array(cells, dtype=object)))
        words = [c for c in cells if c and not c.replace("e", "").isdigit()]
        numbers = [c for c in cells if c and c not in words]
        try:
            matrix, _ = design_matrix("0 + x", panel.products)
        except ir.InputError as error:
            assert "" in cells or (words and numbers)
            assert all(p.row and p.column == "x" for p in error.problems)
            return
        assert "" not in cells
        if words:
            assert len(numbers) <= len(words)
            assert {"red", "blue"} & set(words) or not numbers
        else:
            assert matrix["x"].tolist() == [float(c) for c in cells]


class TestTwice:
    def twice(self):
        frame = products()
        frame.loc[2, "product_ids"] = 0
        return frame

    @DOORS
    @pytest.mark.parametrize("names", [int, str, float, "category"])
    def test_a_product_twice_in_a_market(self, door, names, tmp_path):
        frame = self.twice().astype({"product_ids": names})
        with pytest.raises(ir.InputError) as caught:
            ir.read_panel(through(door, frame, tmp_path))
        (problem,) = caught.value.problems
        assert (problem.row, problem.column) == (4, "product_ids")
        assert problem.value.endswith(" again in market 0, first in row 2")

    @pytest.mark.parametrize("column", ["market_ids", "firm_ids", "product_ids"])
    def test_ids_that_would_become_one_name(self, column):
        frame = products().astype({column: object})
        frame.loc[11, column] = str(frame.loc[10, column])
        with pytest.raises(ir.InputError, match=f"column '{column}': found .* not written alike"):
            ir.read_panel(frame)

    def test_every_one_is_told(self):
        with pytest.raises(ir.InputError) as caught:
            ir.read_panel(products().assign(product_ids="same"))
        assert len(caught.value.problems) == 40

    def test_numbered(self):
        panel = ir.read_panel(self.twice(), on_duplicates="number")
        assert panel.products["product_ids"].tolist()[:5] == ["0 (row 2)", 1, "0 (row 4)", 0, 1]
        assert panel.notes == (
            "2 products named like another of their market: 0 (row 2), 0 (row 4)",
        )
        market = ir.estimate(ir.Demand("1 + prices"), panel).market(0, below_zero=True)
        assert market.offers.index.tolist() == ["0 (row 2)", "1", "0 (row 4)"]
        assert ir.read_panel(products(), on_duplicates="number").notes == ()
        with pytest.raises(ir.InputError, match="'raise' or 'number'"):
            ir.read_panel(products(), on_duplicates="drop")

    def test_without_names_offers_are_named_by_place(self):
        panel = ir.read_panel(products().drop(columns="product_ids"))
        fit = ir.estimate(ir.Demand("1 + prices"), panel)
        assert fit.elasticities(3).index.tolist() == [0, 1, 2]
        assert fit.market(3, below_zero=True).offers.index.tolist() == ["0", "1", "2"]

    @pytest.mark.parametrize("data", ["NEVO", "BLP"])
    def test_pyblps_own_tables_have_none(self, data):
        for source in (str, pd.read_csv):
            panel = ir.read_panel(source(getattr(pyblp.data, f"{data}_PRODUCTS_LOCATION")))
            assert panel.notes == ()


class TestFiles:
    @pytest.mark.parametrize(
        ("sep", "decimal", "words"),
        [
            ("\t", ".", r"separated by tabs.*sep='\\t'\)"),
            (";", ".", r"separated by semicolons.*sep=';', decimal=','\)"),
            (";", ",", r"separated by semicolons.*sep=';', decimal=','\)"),
            ("|", ".", "separated by bars"),
        ],
    )
    def test_other_separators_are_told_once(self, sep, decimal, words, tmp_path):
        path = tmp_path / "products.csv"
        products().to_csv(path, sep=sep, decimal=decimal, index=False)
        for source in (path, pd.DataFrame({path.read_text().partition("\n")[0]: ["1"]})):
            with pytest.raises(ir.InputError, match=words) as caught:
                ir.read_panel(source)
            assert len(caught.value.problems) == 1
        assert len(ir.read_panel(pd.read_csv(path, sep=sep, decimal=decimal))) == 60

    def test_a_name_too_few_is_told_once(self, tmp_path):
        """R's write.table gives row names, and no name for them."""
        lines = products().to_csv().splitlines()
        path = tmp_path / "products.csv"
        path.write_text("\n".join([lines[0][1:], *lines[1:]]))
        with pytest.raises(ir.InputError, match=r"9 in every row.*row names too") as caught:
            ir.read_panel(path)
        assert len(caught.value.problems) == 1

    def test_other_names_for_columns(self):
        frame = products().rename(columns={"prices": "list price"})
        panel = ir.read_panel(frame, columns={"list price": "prices", "doors": "x"})
        assert panel.products["x"].tolist() == products()["doors"].tolist()
        for columns, message in (
            ({"list prices": "prices"}, "found 'list prices'.*did you mean 'list price'"),
            ({"doors": "x", "colour": "x"}, "the column 'x' 2 times"),
            ({"doors": "shares"}, "the column 'shares' 2 times"),
        ):
            with pytest.raises(ir.InputError, match=message):
                ir.read_panel(frame, columns=columns)


class TestFormulas:
    @pytest.mark.parametrize(
        "name", ["list price", "list.price", "class", "2 doors", "doors (number)"]
    )
    def test_names_of_more_than_a_word(self, name):
        panel = ir.read_panel(products().rename(columns={"doors": name}))
        for formula in (f"1 + prices + {name}", f"prices + C({name})"):
            with pytest.raises(ir.InputError) as caught:
                ir.estimate(ir.Demand(formula), panel)
            message = str(caught.value)
            assert f"the column '{name}', whose name is more than a word" in message
            assert f"write it in backticks: `{name}`." in message
        quoted = f"`{name}`" if name != "class" else name
        design = build_design(ir.Demand(f"prices + `{name}`"), panel)
        assert design.linear == ("1", "prices", quoted)

    def test_a_column_that_has_prices_in_its_name_is_no_price(self):
        frame = products().rename(columns={"doors": "prices of doors"})
        named = build_design(ir.Demand("1 + prices + `prices of doors`"), ir.read_panel(frame))
        plain = build_design(ir.Demand("1 + prices + doors"), ir.read_panel(products()))
        np.testing.assert_array_equal(named.Z, plain.Z)

    def test_an_odd_name_is_not_blamed_for_what_it_has_not_done(self):
        panel = ir.read_panel(products().rename(columns={"doors": "is"}))
        with pytest.raises(ir.InputError, match="no column miss"):
            build_design(ir.Demand("prices + miss"), panel)

    @pytest.mark.parametrize(
        ("name", "known", "told"),
        [
            ("distance", ["distance0", "distance5", "x"], "there are distance0 to distance5"),
            ("distance7", ["distance0", "distance5"], "there are distance0 to distance5"),
            ("nesting_ids", ["nesting_ids10", "nesting_ids9"], "nesting_ids9 to nesting_ids10"),
            ("distance", ["distance5"], "there is distance5."),
            ("distanse", ["distance"], "did you mean 'distance'?"),
            ("price", ["prices", "shares"], "did you mean 'prices'?"),
        ],
    )
    def test_a_stem_of_a_family_is_no_misspelling(self, name, known, told):
        assert told in suggestion(name, known)

    def test_whole_numbers_as_levels(self):
        frame = products().assign(year=np.repeat([1990, 1991, 2000, 2001], 15))
        for years in (frame, frame.assign(year=frame["year"].astype(float))):
            matrix, _ = design_matrix("1 + C(year)", ir.read_panel(years).products)
            assert list(matrix)[1:] == [f"C(year)[T.{y}]" for y in (1991, 2000, 2001)]
        halves = frame.assign(size=np.resize([0.5, 1.0], 60))
        matrix, _ = design_matrix("0 + C(size)", ir.read_panel(halves).products)
        assert list(matrix) == ["C(size)[0.5]", "C(size)[1]"]
        both, _ = design_matrix("0 + year:prices + C(year)", ir.read_panel(frame).products)
        assert list(both)[-1] == "year:prices"

    @pytest.mark.parametrize("ordered", [False, True])
    @pytest.mark.parametrize("formula", ["1 + colour", "1 + C(colour)"])
    def test_pandas_order_of_categories(self, ordered, formula, tmp_path):
        order = ["red", "none at all", "grey", "blue"]
        colour = pd.Categorical(products()["colour"], order, ordered=ordered)
        panel = ir.read_panel(products().assign(colour=colour))
        matrix, _ = design_matrix(formula, panel.products)
        name = formula.removeprefix("1 + ")
        assert list(matrix)[1:] == [f"{name}[T.grey]", f"{name}[T.blue]"]
        fit = ir.estimate(ir.Demand(f"{formula} + prices"), panel)
        assert fit.params.index.tolist() == ["1", f"{name}[T.grey]", f"{name}[T.blue]", "prices"]
        fit.save(tmp_path / "fit.zip")
        again = ir.Estimate.load(tmp_path / "fit.zip")
        assert again.design.linear == fit.design.linear
        assert again.panel.products["colour"].cat.categories.tolist() == order
        text = ir.read_panel(products())
        assert list(design_matrix(formula, text.products)[0])[1:] == [
            f"{name}[T.{level}]" for level in ("grey", "red")
        ]

    def test_categories_that_are_numbers(self):
        """Who says category means one: in the order given, and under the names given."""
        doors = pd.Categorical(products()["doors"], [5, 4, 3, 2])
        panel = ir.read_panel(products().assign(doors=doors))
        matrix, _ = design_matrix("1 + doors", panel.products)
        assert list(matrix)[1:] == ["doors[T.4]", "doors[T.3]", "doors[T.2]"]
        as_numbers = products().assign(prices=pd.Categorical(products()["prices"]))
        assert ir.read_panel(as_numbers).products["prices"].dtype == float

    def test_a_blank_category_is_a_blank_cell(self):
        colour = pd.Categorical(np.resize(["red", "", "blue"], 60))
        panel = ir.read_panel(products().assign(colour=colour))
        with pytest.raises(ir.InputError, match="row 3, column 'colour': found nothing"):
            build_design(ir.Demand("1 + colour"), panel)

    def test_the_order_of_an_enum(self):
        pl = pytest.importorskip("polars")
        frame = pl.from_pandas(products()).with_columns(
            pl.col("colour").cast(pl.Enum(["red", "grey", "blue"]))
        )
        matrix, _ = design_matrix("1 + colour", ir.read_panel(frame).products)
        assert list(matrix)[1:] == ["colour[T.grey]", "colour[T.blue]"]
