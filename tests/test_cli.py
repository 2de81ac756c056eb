"""The command line: what it writes, and what it says of a study that is wrong."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import inroads.study
from inroads import __version__
from inroads.cli import app
from inroads.errors import ConvergenceError, UnreachableError
from inroads.solution import Solution, Status

TEMPLATE = Path(inroads.study.__file__).parent / "template"
TOML = "study.toml"
Edit = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the template in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TEMPLATE, tmp_path / "mine")
    return tmp_path / "mine"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def contents(place: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(place)): p.read_bytes() if p.is_file() else b""
        for p in sorted(place.rglob("*"))
    }


# Edits of the template ------------------------------------------------------------------------


def swap(file: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"the template has changed: no {old!r} in {file}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def toml(old: str, new: str) -> Edit:
    return swap(TOML, old, new)


def cut(file: str, begin: str, end: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert begin in text
        assert end in text
        kept = text[: text.index(begin)] + text[text.index(end) :]
        (folder / file).write_text(kept, encoding="utf-8")

    return edit


def add(file: str, text: str) -> Edit:
    def edit(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as handle:
            handle.write(text)

    return edit


def whole(file: str, content: str | bytes) -> Edit:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / file).write_bytes(data) and None


def no_column(file: str, column: str) -> Edit:
    def edit(folder: Path) -> None:
        with (folder / file).open(newline="") as handle:
            rows = list(csv.reader(handle))
        k = rows[0].index(column)
        with (folder / file).open("w", newline="") as handle:
            csv.writer(handle).writerows(row[:k] + row[k + 1 :] for row in rows)

    return edit


def no_file(file: str) -> Edit:
    return lambda folder: (folder / file).unlink()


def moves(*said: str) -> Edit:
    return add(TOML, f'\n[[scenario]]\nname = "mine"\nmoves = [{", ".join(said)}]\n')


def all_of(*edits: Edit) -> Edit:
    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


OS_CALL = "__import__('os').system('touch pwned')"
DEAL = 'move = "deal", manufacturer = "Alba", channel ='
LAUNCH = 'move = "launch", product ='

# What is wrong, how the template gets that way, and what the message must name: the place, the
# value, and the remedy.
BAD: list[tuple[str, Edit, tuple[str, ...]]] = [
    # tables
    (
        "missing column",
        no_column("offers.csv", "price"),
        ("offers.csv, row 1, column 'price'", "found the columns 'product', 'channel'", "add the"),
    ),
    (
        "negative price",
        swap("offers.csv", "Cima 9,Nord,399", "Cima 9,Nord,-399"),
        ("offers.csv, row 10, column 'price'", "found -399", "above 0", "correct the number"),
    ),
    (
        "share above one",
        swap("margins.csv", "0.55", "1.55"),
        ("margins.csv, row 2, column 'value'", "found 1.55", "from 0 to 1"),
    ),
    (
        "share above one by reference",
        all_of(
            swap("margins.csv", "0.55", "@borea-share"),
            add("assumptions.csv", "borea-share,155,100,200,percent,invented\n"),
        ),
        ("margins.csv, row 2, column 'value'", "found @borea-share, which is 155 percent"),
    ),
    (
        "share of nothing",
        swap("margins.csv", "alba,Alba,,,0.01", "alba,Alba,,,0"),
        ("margins.csv, row 4, column 'value'", "found 0", "above 0", "delete the row"),
    ),
    (
        "text in a number column",
        swap("offers.csv", "Borea Pro,Nord,249", "Borea Pro,Nord,cheap"),
        ("offers.csv, row 5, column 'price'", "found cheap", "write digits only"),
    ),
    (
        "currency sign",
        swap("offers.csv", "Borea Pro,Nord,249", "Borea Pro,Nord,$249"),
        ("offers.csv, row 5, column 'price'", "found $249", "write digits only"),
    ),
    (
        "offer twice",
        add("offers.csv", "Alba Uno,Online,199\n"),
        ("offers.csv, row 14", "Alba Uno, Online again, first in row 13", "delete one"),
    ),
    (
        "offer of an unknown product",
        swap("offers.csv", "Borea Pro,Nord", "Borea Prp,Nord"),
        ("offers.csv, row 5, column 'product'", "found Borea Prp", "did you mean 'Borea Pro'?"),
    ),
    (
        "empty table",
        whole("offers.csv", "product,channel,price\n"),
        ("offers.csv", "found 0 rows", "add the rows"),
    ),
    ("empty file", whole("offers.csv", ""), ("offers.csv", "found an empty file", "header")),
    ("missing file", no_file("margins.csv"), ("margins.csv", "a file that can be read")),
    ("not UTF-8", whole("facts.csv", b"id,\xff\n"), ("facts.csv, row 1", "0xff", "UTF-8")),
    (
        "ragged row",
        add("offers.csv", "Alba Uno,Online\n"),
        ("offers.csv, row 14", "found 2 cells", "expected 3 cells", "count the commas"),
    ),
    (
        "date of a fact",
        swap("facts.csv", "2024-05-15", "May 2024"),
        ("facts.csv, row 2, column 'published'", "found May 2024", "YYYY-MM-DD", "in digits"),
    ),
    (
        "date no calendar has",
        swap("facts.csv", "2024-05-15", "2024-02-31"),
        ("facts.csv, row 2, column 'published'", "found 2024-02-31"),
    ),
    (
        "target with no fact",
        swap("targets.csv", "@borea-again", "@cima-again"),
        ("targets.csv, row 4, column 'value'", "found @cima-again", "did you mean 'borea-again'?"),
    ),
    (
        "unknown moment",
        swap("targets.csv", "channel_switching", "chain_switching"),
        ("targets.csv, row 3, column 'moment'", "found chain_switching", "brand_switching"),
    ),
    (
        "moment of nobody",
        swap("targets.csv", "elasticity,home", "elasticity,kitchen"),
        ("targets.csv, row 2, column 'of'", "'kitchen'", "correct 'of'"),
    ),
    (
        "fewer targets than parameters",
        swap("targets.csv", "0.25,0.05", "0.25,"),
        ("targets.csv", "found 2: elasticity, borea-again", "money, inertia, brand", "add targets"),
    ),
    (
        "makers add up to 1.1",
        swap("margins.csv", "cima,Cima,,,0.44", "cima,Cima,,,0.54"),
        ("margins.csv", "borea + cima + alba = 1.1", "nord + sud + online = 1 ", "correct one"),
    ),
    (
        "unreachable margins",
        all_of(
            # Nobody but the 15 percent who know Alba can buy it.
            swap("margins.csv", "alba,Alba,,,0.01", "alba,Alba,,,0.3"),
            swap("margins.csv", "cima,Cima,,,0.44", "cima,Cima,,,0.15"),
        ),
        ("margins", "cannot", "alba", "correct one of them in margins.csv"),
    ),
    (
        "nobody's own channel",
        all_of(
            swap("channels.csv", "Nord,12,60", "Nord,12,0"),
            swap("channels.csv", "Sud,0,40", "Sud,0,0"),
        ),
        ("channels.csv, members", "found none", "correct the number"),
    ),
    (
        "assumption out of its bounds",
        swap("assumptions.csv", "alba-known,15,5,30", "alba-known,45,5,30"),
        ("assumptions.csv, row 3", "found 5 <= 45 <= 30", "low <= value <= high"),
    ),
    (
        "assumption without a reason",
        swap("assumptions.csv", "invented: a brand sold online for a year", ""),
        ("assumptions.csv, row 3, column 'reason'", "found nothing", "fill in the cell"),
    ),
    # study.toml
    ("no study.toml", no_file(TOML), ("no study.toml", "inroads new DIR")),
    (
        "TOML that does not parse",
        toml("[market]", "[market"),
        (TOML, "line 30", "expected TOML", "correct the line"),
    ),
    ("TOML of endless depth", whole(TOML, "a = " + "[" * 9000), (TOML, "expected TOML")),
    ("TOML with an endless number", whole(TOML, "a = " + "9" * 9000), (TOML, "expected TOML")),
    ("empty study.toml", whole(TOML, ""), ("study.toml, study: found nothing", "inroads new DIR")),
    (
        "date of the study",
        toml("2024-06-30", '"soon"'),
        ("study.toml, study.as_of", "found 'soon'", "2017-12-15"),
    ),
    (
        "before the facts are known",
        toml("2024-06-30", "2024-02-01"),
        ("study.toml: market.sales", "known from 2024-05-15", "2024-02-01", "known earlier"),
    ),
    (
        "a name that leads out of the output folder",
        toml('"espresso"', '"../../espresso"'),
        ("study.toml, study.name", "found '../../espresso'", "letters, digits"),
    ),
    (
        "entry that does not exist",
        toml("income_exponent", "income_exponant"),
        ("study.toml, consumers.income_exponant", "found 0.5", "no such entry"),
    ),
    (
        "noun that does not exist",
        toml('channel = "chain"', 'chanel = "chain"'),
        ("study.toml, words.chanel", "found 'chain'", "no such entry"),
    ),
    (
        "noun without a word",
        toml('channel = "chain"', 'channel = ""'),
        ("study.toml, words.channel", "found ''", "at least 1 character"),
    ),
    (
        "reference without a row",
        toml("@machines-sold", "@machines-bought"),
        ("study.toml, market.sales", "found @machines-bought", "did you mean 'machines-sold'?"),
    ),
    (
        "code for a number",
        toml('"@none-bought"', f'"{OS_CALL}"'),
        ("study.toml, market.outside", "__import__", "a number or a reference"),
    ),
    (
        "code for a formula",
        toml('"pressure"', f'"{OS_CALL}"'),
        ("study.toml, hedonic", f"found Call: {OS_CALL}", "Remedy: use column names"),
    ),
    (
        "attribute in a formula",
        toml('"pressure"', '"pressure.__class__"'),
        ("study.toml, hedonic", "found Attribute: pressure.__class__", "use column names"),
    ),
    (
        "file opened in a formula",
        toml('"pressure"', "\"I(open('pwned', 'w'))\""),
        ("study.toml, hedonic", "found Call: open(", "use column names"),
    ),
    (
        "formula of an unknown column",
        toml('"pressure"', '"presure"'),
        ("study.toml, hedonic", "found no column presure"),
    ),
    (
        "logarithm of nothing in a formula",
        all_of(
            toml('"pressure"', '"log(pressure)"'),
            swap("products.csv", "2023-09,399,17", "2023-09,399,0"),
        ),
        ("products.csv", "row 5", "found -inf", "the logarithm of nothing"),
    ),
    (
        "more specifications than products",
        toml('"pressure"', '"pressure * age + log(pressure)"'),
        ("study.toml, hedonic", "found 5 products", "drop a specification"),
    ),
    (
        "no line for a product never sold",
        toml('[hedonic]\nformula = "pressure"', ""),
        ("study.toml, scenario", "none for Alba Due", "add [hedonic]"),
    ),
    (
        "no money",
        toml("money = {", "# money = {"),
        (TOML, "found inertia, platform, brand, credit", "'money' in [parameters]"),
    ),
    ("parameters called tastes", toml("[parameters]", "[tastes]"), ("study.toml, tastes: found",)),
    (
        "no parameters and no estimate",
        cut(TOML, "[parameters]", "# Products never sold"),
        ("[parameters]", "'money'"),
    ),
    (
        "unknown parameter",
        toml("brand = { start", "brnd = { start"),
        ("study.toml, parameters.brnd", "found 'brnd'", "'inertia'"),
    ),
    (
        "start outside its bounds",
        toml("start = 1.0, low = 0.01", "start = 11.0, low = 0.01"),
        ("study.toml, parameters.money", "found low 0.01, start 11, high 10", "low <= start"),
    ),
    (
        "parameter that is no number",
        toml("start = 1.0, low = 0.01", "start = nan, low = 0.01"),
        ("study.toml, parameters.money.start", "found nan", "finite"),
    ),
    (
        "money without weight",
        toml("money = { start = 1.0, low = 0.01, high = 10.0", "money = { value = 0.0"),
        ("study.toml, parameters.money", "found 0", "above 0"),
    ),
    (
        "credit above one",
        toml("credit = { value = 0.5", "credit = { value = 2.5"),
        ("study.toml, parameters.credit", "found 2.5", "from 0 to 1"),
    ),
    (
        "everyone buys",
        swap("assumptions.csv", "none-bought,30,15,50", "none-bought,0,0,50"),
        ("study.toml, market.outside", "found 0", "between 0 and 1", "0.25 for 25 percent"),
    ),
    (
        "nothing sold",
        swap("facts.csv", ",0.8,", ",0,"),
        ("study.toml, market.sales", "found 0", "above 0"),
    ),
    (
        "awareness above one",
        swap("assumptions.csv", "alba-known,15,5,30", "alba-known,150,5,300"),
        ("study.toml, consumers.awareness.Alba", "found 1.5", "between 0 and 1"),
    ),
    (
        "awareness of an unknown brand",
        toml('Alba = "@alba-known"', 'Alpa = "@alba-known"'),
        ("study.toml, consumers.awareness", "found 'Alpa'", "did you mean 'Alba'?"),
    ),
    (
        "income below nothing",
        toml("mean = 35000.0", "mean = -1.0"),
        ("study.toml, consumers.income", "found -1, 90000", "above 0"),
    ),
    (
        "income groups of nobody",
        all_of(toml("shares = [0.5]", "shares = [0.0]"), toml("shares = [0.5]", "shares = [0]")),
        ("study.toml, consumers.income", "found 0, 0", "not all 0"),
    ),
    (
        "all own one brand",
        toml('platform = "capsules"\nshare = 0.5', 'platform = "capsules"\nshare = 1.2'),
        ("study.toml, consumers.owned", "found Borea 1.2, other -0.2", "leave some"),
    ),
    (
        "no rest of owners",
        toml('platform = "beans"', 'platform = "beans"\nshare = 0.5'),
        ("study.toml, consumers.owned", "found 0", "exactly one group", "leave out the share"),
    ),
    (
        "an income that all reach",
        toml("share = 0.5\n", "share = 0.5\namong = { income_from = 1000.0, share = 0.6 }\n"),
        ("study.toml, consumers.owned, among of Borea", "found 1000", "others do not"),
    ),
    (
        "more are strained than there are",
        toml("strained = 0.3", "strained = 0.9"),
        ("study.toml, consumers.liquidity", "found 1.44, 0.36", "more alike"),
    ),
    (
        "nobody's odds",
        all_of(toml("strained = 2.0", "strained = 0"), toml("strained = 0.5", "strained = 0")),
        ("study.toml, consumers.income, strained", "found 0, 0", "not all 0"),
    ),
    (
        "negative discount rate",
        toml("annual_rate = 0.12", "annual_rate = -0.12"),
        ("study.toml, consumers.liquidity", "found -0.01, 0.03", "at least 0"),
    ),
    (
        "yes for a number",
        toml("strained = 0.3", "strained = true"),
        ("study.toml, consumers.liquidity.strained", "found True", "a number"),
    ),
    # entry
    (
        "vary names no assumption",
        toml('vary = ["alba-known",', 'vary = ["alba-famous",'),
        ("study.toml, entry.vary", "found 'alba-famous'", "assumption", "Remedy:"),
    ),
    (
        "vary names a fact",
        toml('vary = ["alba-known",', 'vary = ["machines-sold",'),
        ("study.toml, entry.vary", "found 'machines-sold'", "there are alba-known"),
    ),
    (
        "headline not among partners",
        toml('headline = ["Nord", "Sud"]', 'headline = ["Sud"]'),
        ("study.toml, entry", "found headline = ['Sud']", "one of the lists of partners"),
    ),
    (
        "no partner",
        toml('partners = [["Nord"],', "partners = [[],"),
        ("study.toml, entry.partners.0", "found []", "at least one"),
    ),
    (
        "partner that is no channel",
        toml('partners = [["Nord"],', 'partners = [["Nrd"],'),
        ("study.toml, entry.partners", "found 'Nrd'", "did you mean 'Nord'?"),
    ),
    (
        "partner where it is sold already",
        toml('partners = [["Nord"],', 'partners = [["Online"],'),
        ("study.toml, entry.partners", "found 'Online'", "a channel with members", "Nord, Sud"),
    ),
    (
        "entrant with another's product",
        toml('manufacturer = "Alba"\nmain', 'manufacturer = "Cima"\nmain'),
        ("study.toml, scenario 'cima-with-nord'", "found Alba Due, of Alba", "own products"),
    ),
    (
        "rung above one",
        toml("vary = [", "ladder = [2.0]\nvary = ["),
        ("study.toml, scenario", "Campaign: Alba", "found 2", "between 0 and 1"),
    ),
    (
        "product without a price",
        swap("products.csv", "2024-06,279", "2024-06,"),
        ("products.csv, row", "column 'price'", "Alba Due, of an entrant", "add it"),
    ),
    # scenarios
    (
        "deal with an unknown channel",
        moves(f'{{ {DEAL} "Nrod" }}'),
        ("study.toml, scenario 'mine'", "found 'Nrod'", "did you mean 'Nord'?"),
    ),
    (
        "deal of an unknown maker",
        moves('{ move = "deal", manufacturer = "Alpa", channel = "Nord" }'),
        ("study.toml, scenario 'mine'", "found 'Alpa'", "did you mean 'Alba'?"),
    ),
    (
        "deal over another's product",
        moves(f'{{ {DEAL} "Nord", products = ["Cima 9"] }}'),
        ("study.toml, scenario 'mine', Deal", "found Cima 9, of Cima", "own products"),
    ),
    (
        "launch of what is on sale",
        moves(f'{{ {LAUNCH} "Alba Uno" }}'),
        ("study.toml, scenario 'mine', Launch: Alba Uno", "found it is already", "drop this move"),
    ),
    (
        "launch twice",
        moves(f'{{ {LAUNCH} "Alba Due" }}', f'{{ {LAUNCH} "Alba Due" }}'),
        ("study.toml, scenario 'mine', Launch: Alba Due", "found it is already", "drop this move"),
    ),
    (
        "launch for nothing",
        moves(f'{{ {LAUNCH} "Alba Due", price = -5 }}'),
        ("study.toml, scenario 'mine', Launch: Alba Due", "found -5", "above 0"),
    ),
    (
        "ban of the banned",
        moves(*['{ move = "ban", manufacturer = "Alba" }'] * 2),
        ("study.toml, scenario 'mine', Withdraw: Alba", "found none", "drop this move"),
    ),
    (
        "two prices at once",
        moves('{ move = "price", product = "Alba Uno", price = 100, by = 0.1 }'),
        ("study.toml, scenario 'mine', SetPrice: Alba Uno", "found both or neither"),
    ),
    (
        "price without end",
        moves('{ move = "price", product = "Alba Uno", by = inf }'),
        ("study.toml, scenario.1.moves.0.price.by", "found inf", "finite"),
    ),
    (
        "campaign beyond everyone",
        moves('{ move = "campaign", brand = "Alba", awareness = 1.5 }'),
        ("study.toml, scenario 'mine', Campaign: Alba", "found 1.5", "between 0 and 1"),
    ),
    (
        "campaign among members of none",
        moves('{ move = "campaign", brand = "Alba", awareness = 0.5, members_of = ["Online"] }'),
        (
            *("study.toml, scenario 'mine'", "found 'Online'"),
            *("a channel with members", "there are Nord, Sud"),
        ),
    ),
    (
        "negative months",
        moves('{ move = "financing", months = -3 }'),
        ("study.toml, scenario 'mine', Finance", "found -3 months", "0 or more"),
    ),
    (
        "unknown move",
        moves('{ move = "merge", manufacturer = "Alba" }'),
        ("study.toml, scenario.1.moves.0", "'merge'", "one of the moves 'launch'"),
    ),
    (
        "move without a name",
        moves('{ manufacturer = "Alba" }'),
        ("study.toml, scenario.1.moves.0", "found {'manufacturer': 'Alba'}", "'move'"),
    ),
    ("no moves", moves(), ("study.toml, scenario.1.moves", "found []", "at least one")),
    (
        "scenario twice",
        add(
            TOML,
            '\n[[scenario]]\nname = "alba-with-nord"\nmoves = [{ move = "ban", '
            'manufacturer = "Alba" }]\n',
        ),
        ("study.toml, scenario", "found 'alba-with-nord' twice", "rename one"),
    ),
]
NAMES = [name for name, *_ in BAD]


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(("edit", "wanted"), [case[1:] for case in BAD], ids=NAMES)
def test_bad_input_is_named(
    folder: Path, edit: Edit, wanted: tuple[str, ...], command: str
) -> None:
    edit(folder)
    before = contents(folder.parent)
    result = invoke(command, "mine", *(["--out", "out"] if command == "run" else []))
    message = result.stderr
    assert result.exit_code == 2, message
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert message.startswith("Error: ")
    assert message.count("\n") == 1 or " problems:\n" in message
    assert [w for w in wanted if w not in message] == [], message
    assert all(word in message for word in ("found ", "expected ", "Remedy: "))
    assert "Traceback" not in message
    assert contents(folder.parent) == before, "something was written"


def test_all_problems_at_once(folder: Path) -> None:
    all_of(
        swap("offers.csv", "Cima 9,Nord,399", "Cima 9,Nord,-399"),
        swap("margins.csv", "0.55", "1.55"),
        swap("targets.csv", "@borea-again", "@cima-again"),
        toml("@machines-sold", "@machines-bought"),
        toml('headline = ["Nord", "Sud"]\n', 'headline = ["Nord", "Sud"]\nladder = ["@alba-no"]\n'),
        moves(f'{{ {DEAL} "West" }}'),
    )(folder)
    message = invoke("check", "mine").stderr
    assert message.startswith("Error: 6 problems:\n")
    for place in (
        "offers.csv, row 10, column 'price': found -399",
        "margins.csv, row 2, column 'value': found 1.55",
        "targets.csv, row 4, column 'value': found @cima-again",
        "study.toml, market.sales: found @machines-bought",
        "study.toml, entry.ladder.0: found @alba-no",
        "study.toml, scenario 'mine': found 'West'",
    ):
        assert place in message, message


def test_problems_of_all_scenarios_at_once(folder: Path) -> None:
    moves(f'{{ {LAUNCH} "Alba Uno" }}')(folder)
    add(TOML, '\n[[scenario]]\nname = "other"\n'
        'moves = [{ move = "financing", months = -1 }]\n')(folder)  # fmt: skip
    message = invoke("check", "mine").stderr
    assert message.startswith("Error: 2 problems:\n")
    assert "scenario 'mine'" in message
    assert "scenario 'other'" in message


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("check", "no-such-study"), ("found no-such-study", "us-2018", "inroads new DIR")),
        (("run", "no-such-study"), ("found no-such-study", "us-2018", "inroads new DIR")),
        (("check", "mine/facts.csv"), ("found mine/facts.csv", "a folder")),
        (("check", "."), ("no study.toml", "inroads new DIR")),
        (("run", "mine", "--as-of", "yesterday"), ("as-of", "found yesterday", "YYYY-MM-DD")),
        (("run", "mine", "--as-of", "2024-13-01"), ("as-of", "found 2024-13-01", "YYYY-MM-DD")),
        (("run", "mine", "--as-of", "2024-05-14"), ("sales", "known from 2024-05-15", "known on")),
        (("new", "mine"), ("new", "found mine", "choose another name")),
    ],
)
def test_bad_arguments_are_named(
    folder: Path, arguments: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    before = contents(folder.parent)
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert [w for w in (*wanted, "Error: ", "Remedy: ") if w not in result.stderr] == []
    assert "Traceback" not in result.stderr
    assert contents(folder.parent) == before


@pytest.mark.parametrize(
    ("command", "name"), [("check", "two problems"), ("run", "code for a formula")]
)
def test_in_a_process_of_its_own(folder: Path, command: str, name: str) -> None:
    """The exit code that a shell sees, and the code in a study that does not run."""
    toml('"pressure"', f'"{OS_CALL}"')(folder)
    if name == "two problems":
        swap("offers.csv", "Cima 9,Nord,399", "Cima 9,Nord,-399")(folder)
        swap("margins.csv", "0.55", "1.55")(folder)
    before = contents(folder.parent)
    done = subprocess.run(
        [sys.executable, "-m", "inroads", command, "mine"],
        capture_output=True,
        text=True,
        cwd=folder.parent,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert ("2 problems" in done.stderr) == (name == "two problems")
    assert contents(folder.parent) == before


def test_an_earlier_output_stays(folder: Path) -> None:
    assert invoke("run", "mine", "--out", "out").exit_code == 0
    before = contents(folder.parent / "out")
    swap("margins.csv", "cima,Cima,,,0.44", "cima,Cima,,,0.54")(folder)
    assert invoke("run", "mine", "--out", "out").exit_code == 2
    assert contents(folder.parent / "out") == before


def test_new_check_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = invoke("new", "espresso")
    assert (made.exit_code, made.stderr) == (0, "")
    assert "inroads run espresso" in made.stdout
    checked = invoke("check", "espresso")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout.startswith("espresso: no problems found.\nA run plays 4 scenarios")
    ran = invoke("run", "espresso")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert Path("out/espresso/report.html").is_file()
    page = Path("out/espresso/report.html").read_text(encoding="utf-8").partition("</style>")[2]
    # The ledger names the files of a study.
    words = page.partition('id="ledger"')[0]
    assert re.findall(r"phone|carrier|subscriber|instal|unlocked|flagship|product", words) == []
    found = json.loads(Path("out/espresso/results.json").read_text(encoding="utf-8"))
    assert found["study"]["as_of"] == "2024-06-30"
    assert [s["name"] for s in found["scenarios"]] == [
        *("alba-online-only", "alba-with-nord", "alba-with-nord-and-sud"),
        "alba-cheaper",
    ]


@pytest.mark.parametrize("full", [False, True])
def test_new_studies_are_named_like_their_folders(
    full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, name in (("one", "one"), ("Über uns & co.", "Uber-uns-co"), ("__", "study")):
        made = invoke("new", folder, *(["--full"] if full else []))
        assert (made.exit_code, made.stderr) == (0, "")
        text = Path(folder, TOML).read_text(encoding="utf-8")
        assert f'\nname = "{name}"\n' in text
        assert f"inroads run {folder}" in text
        assert "THIS_FOLDER" not in text
        assert invoke("check", folder).exit_code == 0
        if folder == "one" and not full:
            assert invoke("run", folder).exit_code == 0
            assert Path("out", "one", "report.html").is_file()


def test_as_of_reaches_the_results(folder: Path) -> None:
    result = invoke("run", "mine", "--as-of", "2024-05", "--out", "out")
    assert result.exit_code == 0, result.stderr
    found = json.loads((folder.parent / "out" / "results.json").read_text(encoding="utf-8"))
    assert found["study"]["as_of"] == "2024-05-31"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ConvergenceError("found no market", Solution(0, Status.STALLED, 1.0, 9)), 1, "no market"),
        (UnreachableError("found too much asked"), 2, "found too much asked"),
        (PermissionError(13, "Permission denied", "facts.csv"), 2, "facts.csv: Permission denied"),
    ],
)
def test_only_a_failed_solve_is_not_the_input_s_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, message: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("inroads.study.run.run", fail)
    result = invoke("run", "mine", "--out", "out")
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not Path("out").exists()


def test_compare(folder: Path) -> None:
    assert invoke("run", "mine", "--out", "one").exit_code == 0
    swap("assumptions.csv", "alba-known,15,5,30", "alba-known,25,5,30")(folder)
    assert invoke("run", "mine", "--out", "two").exit_code == 0
    runs = invoke("compare", "one", "two")
    assert (runs.exit_code, runs.stderr) == (0, "")
    text = " ".join(runs.stdout.split())
    assert "(alba-known," in text
    assert "Alba, at list prices: units" in text
    cases = ("one:alba-with-nord", "one:alba-with-nord-and-sud")
    scenarios = invoke("compare", *cases)
    assert (scenarios.exit_code, scenarios.stderr) == (0, "")
    assert "Deal: Alba, Sud, Alba Due" in scenarios.stdout
    assert "Units by maker" in scenarios.stdout


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("one", "mine"), ("found one", "a folder with results.json")),
        (("mine", "mine"), ("found mine", "a folder with results.json")),
        (("mine:alba-with-nord", "mine"), ("found mine:alba-with-nord", "RUN:scenario")),
    ],
)
def test_compare_refuses_what_is_no_run(
    folder: Path, arguments: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    result = invoke("compare", *arguments)
    assert result.exit_code == 2
    assert [w for w in (*wanted, "Error: ", "Remedy: ") if w not in result.stderr] == []
    assert result.stdout == ""


def test_version() -> None:
    assert invoke("--version").stdout == f"inroads {__version__}\n"


def test_interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("inroads.study.run.run", stop)
    result = invoke("run", "mine", "--out", "out")
    assert result.exit_code == 130
    assert "no results were written" in result.stderr
    assert not Path("out").exists()


# Talks and what-if ----------------------------------------------------------------------------


@pytest.fixture
def beer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template with every part, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copytree(TEMPLATE.with_name("template_full"), tmp_path / "beer")
    return tmp_path / "beer"


def test_talks_are_told_without_a_calibration(beer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("calibrated")

    monkeypatch.setattr("inroads.study.market.calibration.calibrated", never)
    told = invoke("talks", "beer")
    assert told.exit_code == 0, told.output
    rows = [line for line in told.stdout.splitlines() if line.startswith("Amsel")]
    # One minus the hazard, 5 to 20 percent and most likely 10, cubed; no politics there.
    assert [re.split(r"\s{2,}", row.strip())[:4] for row in rows] == [
        ["Amsel", "Markt", "talks", "69%"],
        ["Amsel", "Grund", "none known", "(69%)"],
    ]
    assert "rumoured 2024-03-11, talks 2024-05-27" in rows[0]
    assert "Invented Brewers' Gazette (published 2024-05-28)" in told.stdout
    earlier = invoke("talks", "beer", "--as-of", "2024-05-01")
    assert "talks 2024" not in earlier.stdout
    assert "rumoured 2024-03-11" in earlier.stdout


def test_talks_of_a_study_without_any(folder: Path) -> None:
    told = invoke("talks", "mine")
    assert told.exit_code == 0
    assert "Nothing is known of any." in told.stdout


def test_what_if(beer: Path) -> None:
    deal = invoke("what-if", "beer", "--deal", "Amsel:Markt", "--ban", "Stein:Markt")
    assert deal.exit_code == 0, deal.output
    assert "Amsel, Markt" in deal.stdout
    assert re.search(r"^Amsel +[\d,]+ +[\d,]+ +\+[\d,]+ +\+\$", deal.stdout, re.M)
    assert "chains setting prices" in deal.stdout
    listed = invoke("what-if", "beer", "--price", "Hafner Pils:-10%:Markt", "--list-prices")
    assert listed.exit_code == 0, listed.output
    assert re.search(r"^Hafner .* \+\d", listed.stdout, re.M)
    assert "at list prices" in listed.stdout


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        (["--deal", "Amsl:Markt"], ("--deal Amsl:Markt", "'Amsel'")),
        (["--deal", "Amsel:Mark", "--ban", "Stien"], ("2 problems", "'Markt'", "'Stein'")),
        (["--launch", "Nothing"], ("a product of the tables",)),
        (["--campaign", "Amsel:much"], ("--campaign", "a number or a reference")),
        (["--campaign", "Amsel:@nobody"], ("@nobody",)),
        (["--price", "Hafner Pils:-x%"], ("expected a number",)),
        (["--price", "Hafner Pils"], ("price= or by=",)),
        (["--deal", "Amsel"], ("MANUFACTURER:CHANNEL:PRODUCTS",)),
        (["--withdraw", "a:b:c"], ("PRODUCT:CHANNEL",)),
        (["--allowance", "Hafner:0.1", "--list-prices"], ("firms set prices",)),
        (["--launch", "Hafner Pils:Markt"], ("what-if", "not yet on sale at Markt")),
        ([], ("expected a move",)),
    ],
)
def test_moves_that_make_no_sense_are_named(
    beer: Path, moves: list[str], said: tuple[str, ...]
) -> None:
    answer = invoke("what-if", "beer", *moves)
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output
    for words in said:
        assert words in answer.output
