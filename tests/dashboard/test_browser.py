"""The dashboard in Chromium: sliders move numbers, wrong tables are refused, tables come away."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from served import PATIENCE, Served, chromium, dashboard

from inroads.dashboard.deals.cases import Case
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.dashboard.mergers.merger_cases import MergerCase, solve_merger
from inroads.dashboard.mergers.merger_tables import EXAMPLE, VERTICAL_EXAMPLE, read_pasted
from inroads.report.format import count_words, signed_money

sync_api = pytest.importorskip("playwright.sync_api")
controller = pytest.importorskip("shiny.playwright.controller")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with dashboard(str(folder), "--no-browser") as served:
        yield served
        assert served.stop() == 0
        assert served.complaints == ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    page = opened(browser, served)
    yield page
    assert page.faults == []
    page.context.close()


def opened(browser: Any, served: Served, **context: Any) -> Any:
    """A page of its own context, its faults and the requests to other machines noted."""
    page = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **context}).new_page()
    page.faults = []
    page.set_default_timeout(PATIENCE)
    sync_api.expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith((served.address, "data:", "blob:"))
            else page.faults.append(r.url)
        ),
    )
    page.goto(served.address)
    return page


def solved(page: Any) -> None:
    """Wait until nothing is computed any more."""
    sync_api.expect(page.locator("#state .state")).to_contain_text("Equilibrium: first-order")


def figure(page: Any, what: str, place: str = "solved_figures") -> str:
    card = page.locator(f"#{place} .figure", has=page.get_by_text(what, exact=True))
    return str(card.locator(".value").inner_text())


def tables_of(page: Any, name: str) -> Any:
    page.get_by_role("tab", name=name, exact=True).click()
    return page


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "screen.py", "exec"), names)  # noqa: S102
    return names


def test_sliders_move_the_numbers_and_the_code_reproduces_them(
    page: Any, cases: StudyCases, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    solved(page)
    assert figure(page, "Brings Amsel") == signed_money(
        cases.solve(case).numbers["entrant_gain"], 3
    )
    controller.InputActionButton(page, "keep").click()
    controller.InputSlider(page, "a_amsel_known_with_shelf").set("60", timeout=PATIENCE)
    controller.InputRadioButtons(page, "contract").set("two-part tariff")
    controller.InputCheckboxGroup(page, "partners").set(["Grund"])
    moved = replace(
        case.assuming({"amsel-known-with-shelf": 60.0}),
        contract="two-part tariff",
        partners=("Grund",),
    )
    outcome = cases.solve(moved)
    expected = count_words(outcome.numbers["units"], 3)
    card = page.locator("#solved_figures .figure.first")
    sync_api.expect(card.locator(".value")).to_have_text(expected)
    solved(page)
    # The case that is kept stands beside it.
    kept = count_words(cases.solve(case).numbers["units"], 3)
    sync_api.expect(card).to_contain_text(f"A: {kept}")
    assert "Amsel known with shelf 45 → 60" in page.locator("#moved").inner_text()
    tables_of(page, "Code")
    names = run(page.locator("#code_text").inner_text())
    capsys.readouterr()
    sales = names["after"].sales()["Amsel"]
    assert sales == pytest.approx(outcome.numbers["units"], rel=1e-9)
    assert count_words(sales, 3) == card.locator(".value").inner_text()
    gain = names["after"].profits["Amsel"] - names["before"].profits["Amsel"]
    assert signed_money(gain, 3) == figure(page, "Brings Amsel")
    listed = count_words(names["listed"].sales()["Amsel"], 3)
    assert page.locator("#listed_figures .value").first.inner_text() == listed
    controller.InputActionButton(page, "back").click()
    sync_api.expect(page.locator("#moved")).not_to_contain_text("→")


def test_what_is_taken_away(page: Any, cases: StudyCases, case: Case) -> None:
    solved(page)
    outcome = cases.solve(case)

    def download(id: str) -> bytes:
        with page.expect_download() as download:
            page.locator(f"#{id}").click()
        return Path(download.value.path()).read_bytes()

    book = openpyxl.load_workbook(io.BytesIO(download("excel")))
    assert {"Deals", "Makers", "Network", "Prospects", "Ledger", "columns"} <= set(book.sheetnames)
    rows = {row[0]: row[1] for row in book["Makers"].iter_rows(min_row=2, values_only=True)}
    assert rows["Amsel"] == pytest.approx(outcome.numbers["units"], rel=1e-9)
    tables_of(page, "Channels")
    table = pd.read_csv(io.BytesIO(download("csv")), index_col="channel")
    pd.testing.assert_series_equal(table["units"], outcome.sellers["units"], check_index_type=False)
    for kind, mark in (("svg", b"<svg"), ("png", b"\x89PNG")):
        archive = zipfile.ZipFile(io.BytesIO(download(kind)))
        files = [f"{name}.{kind}" for name in ("makers", "network", "ranges")]
        assert sorted(archive.namelist()) == files
        assert all(archive.read(name).startswith(mark) for name in files)
    html = download("page_").decode()
    assert html.count("<svg") == 3
    assert "ir.load_study" in html
    assert "ir.load_study" in download("code_").decode()


def test_a_study_that_changes_on_disk(browser: Any, tmp_path: Path) -> None:
    from brewery import write_study

    folder = write_study(tmp_path / "mine")
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    with dashboard(str(folder), "--no-browser") as served:
        page = opened(browser, served)
        solved(page)
        toml.write_text(text.replace("periods = 6", "periods = x"), encoding="utf-8")
        sync_api.expect(page.locator(".warning")).to_contain_text("files that have changed since")
        page.get_by_role("button", name="Read it again").click()
        notice = page.locator(".shiny-notification")
        sync_api.expect(notice).to_contain_text("Not read, everything stays as it was.")
        toml.write_text(text.replace("What would shelves", "What do shelves"), encoding="utf-8")
        page.get_by_role("button", name="Read it again").click()
        sync_api.expect(page.locator("h1.question").first).to_contain_text("What do shelves")
        solved(page)
        sync_api.expect(page.locator(".warning")).to_have_count(0)
        page.context.close()
        assert served.stop() == 0
        assert served.complaints == ""


def test_a_session_that_ends_during_a_solve(browser: Any, served: Served) -> None:
    page = opened(browser, served)
    page.locator("#state .state").wait_for()
    controller.InputSlider(page, "a_amsel_known").set("20", timeout=PATIENCE)
    page.context.close()
    page = opened(browser, served)
    solved(page)
    page.context.close()
    assert served.process.poll() is None
    assert served.complaints == ""


def test_a_merger_from_a_table(page: Any, tmp_path: Path) -> None:
    tables_of(page, "Mergers")
    state, first = page.locator("#m_state"), page.locator("#m_figures .figure.first .value")
    case = MergerCase(table=read_pasted(EXAMPLE), firms=("Aurora", "Borea"))

    def change_of(case: MergerCase) -> str:
        change = solve_merger(case).numbers["price_change_of_merging"]
        return f"{100 * change:+.1f}%"

    sync_api.expect(first).to_have_text(change_of(case))
    # A wrong table, of each kind, is one clear message.
    upload = page.locator("#m_file")
    for name, content, message in (
        ("notes.csv", b"hello", "expected at least one row of data"),
        ("mine.csv", b"product,price\na,1\n", "expected a column 'firm_ids'"),
        ("picture.csv", b"\x89PNG\r\n\xff", "expected text in UTF-8"),
        ("tool.exe", b"MZ", "expected a file ending in .csv or .parquet"),
        ("shares.csv", b"product,owner,price,share,margin\na,A,1,0.6,0.4\nb,B,1,0.6,\n",
         "summing to less than one"),
    ):  # fmt: skip
        upload.set_input_files([{"name": name, "mimeType": "text/csv", "buffer": content}])
        sync_api.expect(state.locator(".refused")).to_contain_text(message)
    good = EXAMPLE.replace("0.42", "0.425").encode()
    upload.set_input_files([{"name": "mine.csv", "mimeType": "text/csv", "buffer": good}])
    other = replace(case, table=read_pasted(good.decode()))
    sync_api.expect(first).to_have_text(change_of(other))
    page.locator("#m_demand").get_by_label("nested logit").check()
    nested = replace(other, demand="nested logit")
    sync_api.expect(first).to_have_text(change_of(nested))
    controller.InputSelect(page, "m_second").set("Corvo")
    sync_api.expect(first).to_have_text(change_of(replace(nested, firms=("Aurora", "Corvo"))))
    page.locator("#m_table").get_by_text("Other demands and conducts").click()
    sync_api.expect(page.locator("#m_others tbody")).to_contain_text("aids")
    page.locator("#m_table").get_by_text("Code").click()
    names = run(page.locator("#merger_code").inner_text())
    shown = page.locator("#m_figures").inner_text()
    assert f"{names['screening'].hhi_after:,.0f}" in shown
    with page.expect_download() as download:
        page.locator("#m_excel").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    prices = [row[3] for row in book["Effects"].iter_rows(min_row=2, values_only=True)]
    assert prices == pytest.approx(list(names["after"].prices))
    page.locator("#m_vertical").click()
    makers = MergerCase(
        table=read_pasted(VERTICAL_EXAMPLE), firms=("Aurora", "Borea"), conduct="bargaining"
    )
    sync_api.expect(first).to_have_text(change_of(makers))


# How it looks: in every width, light and dark, nothing leaves its place.
OUTSIDE = """() => [...document.querySelectorAll('.picture svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')]
    .filter(t => t.textContent.trim() && t.getAttribute('opacity') !== '0')
    .map(t => [t.textContent, t.getBoundingClientRect()])
    .filter(([, r]) => r.left < box.left - 1 || r.right > box.right + 1
      || r.top < box.top - 1 || r.bottom > box.bottom + 1)
    .map(([text]) => text);
})"""
FAINT = """() => {
  const level = c => c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!colour.endsWith(', 0)') && colour !== 'transparent') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('.main *, .navbar a')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .filter(e => e.checkVisibility() && !e.closest('svg'))
    .map(e => {
      const [a, b] = [level(getComputedStyle(e).color), level(behind(e))];
      return [e.textContent.trim().slice(0, 40), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
    })
    .filter(([, contrast]) => contrast < 4.5);
}"""

SPOILED = """() => {
  const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  text.setAttribute('x', '-400');
  text.textContent = 'outside';
  document.querySelector('#m_prices svg').append(text);
  const faint = document.createElement('p');
  faint.style.color = '#777';
  faint.textContent = 'faint';
  document.querySelector('#m_state').after(faint);
}"""


@pytest.mark.parametrize(
    ("width", "scheme"), [(400, "light"), (1000, "light"), (1600, "light"), (1000, "dark")]
)
def test_nothing_leaves_its_place(
    browser: Any, served: Served, tmp_path: Path, width: int, scheme: str
) -> None:
    page = opened(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme)
    solved(page)
    page.locator("#network svg").wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.picture svg')]"
        ".every(s => s.getBoundingClientRect().width <= s.closest('.picture').clientWidth)"
    )
    page.screenshot(path=tmp_path / "deals.png", full_page=True)
    for tab in ("deals", "mergers"):
        if tab == "mergers":
            if width < 500:
                page.locator(".navbar-toggler").click()
            tables_of(page, "Mergers")
            page.locator("#m_prices svg").wait_for()
            page.locator("#m_csv:not(.disabled)").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate(FAINT) == []
    assert page.faults == []
    # What would leave its place, or be too faint to read, is seen.
    # At once: a picture that is drawn again in between would take the spoiled one away.
    outside, faint = page.evaluate(
        f"() => {{ ({SPOILED})(); return [({OUTSIDE})(), ({FAINT})()]; }}"
    )
    assert outside == ["outside"]
    assert [text for text, _ in faint] == ["faint"]
    page.context.close()
