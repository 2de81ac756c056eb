"""The report as one HTML page that needs nothing else: no network, no scripts."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import vl_convert as vlc
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from inroads.report.format import in_currency
from inroads.report.section import Figure, Section
from inroads.report.sections import sections
from inroads.results.tree import Results


def render(results: Results) -> str:
    """The report on a run's results as the text of an HTML page.

    Everything from the study is escaped; sources become links only where they are http or https.
    Sections without data are left out.
    """
    study = results.study
    about = (
        f"As known on {study.as_of} · market of {study.period} · study {study.name} · inroads "
        f"{results.inroads_version}"
    )
    with in_currency(results.words.currency_sign):
        return page_of(study.title, study.question, about, sections(results))


def page_of(title: str, question: str, about: str, sections: Sequence[Section]) -> str:
    """Sections under a title as the text of an HTML page, money in the currency that is set."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = svg
    environment.filters["kind"] = lambda block: type(block).__name__
    template = environment.get_template("page.html.j2")
    return template.render(
        title=title, question=question, about=about, sections=sections, fonts=fonts()
    )


@cache
def fonts() -> dict[str, str]:
    """The page's own font by weight, so that charts are drawn as wide as they were measured."""
    folder = Path(__file__).parent / "fonts"
    files = {"400": "Arimo-Regular.woff2", "700": "Arimo-Bold.woff2"}
    return {w: b64encode((folder / name).read_bytes()).decode() for w, name in files.items()}


def svg(figure: Figure) -> Markup:
    """A chart as an SVG element; its name keeps its ids apart from other charts' on a page."""
    name = figure.name
    drawn = str(vlc.vegalite_to_svg(figure.untitled))
    drawn = re.sub(r'\bid="', f'id="{name}-', drawn)
    drawn = drawn.replace("url(#", f"url(#{name}-")
    return Markup(drawn.replace("<svg ", f'<svg role="img" aria-labelledby="title-{name}" ', 1))
