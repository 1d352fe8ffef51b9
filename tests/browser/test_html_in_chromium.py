"""The HTML report as a person sees it: drawn, quiet, offline, clickable, on a phone, in the dark and on paper."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sockbench.model.experiment import Variant
from sockbench.model.result import Result
from sockbench.report import cells
from sockbench.report.html_report import charts_of, render_html
from tests.browser.chromium import Chromium, chromium, why_none
from tests.report import searches
from tests.report.pages import HOSTILE_TEXTS, hostile, long_result

pytestmark = [
    pytest.mark.skipif(bool(why_none()), reason=why_none()),
    pytest.mark.xdist_group("browser"),
]

LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
DARK = ("#56b4e9", "#e8772e")
WIDTHS = (1280, 400)
WIDTHS_OF_CANVASES = """
  return [...document.querySelectorAll("canvas")].map(one => [one.clientWidth, one.closest(".chart").clientWidth]);
"""
HIDDEN = """
  return [...document.querySelectorAll(arguments[0])].every(one => getComputedStyle(one).display === "none");
"""
WHEN_PRINTED = """
  const definitions = document.querySelector("#definitions details");
  addEventListener("beforeprint", () => { window.unfolded = definitions.open; });
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A long run of two variants, a sweep, a search, and a page of hostile texts."""
    folder = tmp_path_factory.mktemp("pages")
    result, log = long_result(60)
    texts = {
        "long": render_html(result, log),
        "sweep": render_html(sweep()),
        "search": render_html(searches.RESULT),
        "hostile": render_html(hostile("".join(HOSTILE_TEXTS))),
    }
    paths = {}
    for name, text in texts.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(text, encoding="utf-8")
    return paths


def sweep() -> Result:
    """Three sizes."""
    result, _ = long_result(3)
    values = [{"size": text} for text in ("64B", "1KiB", "32KiB")]
    runs = tuple(replace(result.runs[0], variant=variant, intervals=()) for variant in values)
    return replace(result, runs=runs, variants=tuple(Variant(variant, result.scenario) for variant in values))


def test_every_chart_is_drawn_and_nothing_complains(browser: Chromium, pages: dict[str, Path]) -> None:
    for name, path in pages.items():
        browser.open(path)
        charts = browser.ask("return [...document.querySelectorAll('.chart')].map(one => one.id.slice(6))")
        assert charts, name
        for chart in charts:
            drawn = browser.pixels(chart)
            assert sum(drawn.get(colour, 0) for colour in LIGHT) > 10, f"{name}: {chart}"
        assert browser.complaints() == [], name


def test_both_variants_are_drawn(browser: Chromium, pages: dict[str, Path]) -> None:
    result, log = long_result(60)
    browser.open(pages["long"])
    ids = [chart.id for chart in charts_of(result, log)]
    assert ids == ["percentiles", "histogram", "throughput", "outcomes", "offered", "rtt", "lag", "loss"]
    for chart in ("percentiles", "histogram", "rtt"):
        drawn = browser.pixels(chart)
        assert min(drawn.get(colour, 0) for colour in LIGHT[:2]) > 50, chart


def test_nothing_is_asked_for_but_the_file(browser: Chromium, pages: dict[str, Path]) -> None:
    for path in pages.values():
        browser.open(path)
        assert browser.requests() == [path.as_uri()]


def test_hostile_texts_do_nothing(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"])
    text = "".join(HOSTILE_TEXTS)
    assert browser.ask("return document.title") == f"{cells.plain(text)}: suspect"
    assert browser.ask("return document.querySelector('h1').textContent") == cells.plain(text)
    assert browser.ask("return document.querySelectorAll('img, script:not(:nth-last-of-type(-n+3))').length") == 0
    assert browser.ask("return getComputedStyle(document.querySelector('h1')).display") == "block"


def test_a_click_on_a_name_takes_its_line_away_and_brings_it_back(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["long"])
    before = browser.pixels("percentiles")
    browser.click("#chart-percentiles .key", 1)
    without = browser.pixels("percentiles")
    assert without.get(LIGHT[1], 0) == 0
    assert without.get(LIGHT[0], 0) > 50
    assert browser.ask("return document.querySelectorAll('#chart-percentiles [aria-pressed=false].key').length") == 1
    browser.click("#chart-percentiles .key", 1)
    assert browser.pixels("percentiles") == before


def test_the_switch_makes_an_axis_logarithmic_and_keeps_what_is_hidden(
    browser: Chromium, pages: dict[str, Path]
) -> None:
    browser.open(pages["long"])
    browser.click("#chart-percentiles .key", 0)
    linear = browser.pixels("percentiles")
    browser.click("#chart-percentiles .log")
    log = browser.pixels("percentiles")
    assert log != linear
    assert log.get(LIGHT[0], 0) == 0
    assert log.get(LIGHT[1], 0) > 50
    browser.click("#chart-percentiles .log")
    assert browser.pixels("percentiles") == linear


def test_the_pointer_tells_values_with_their_units(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["long"])
    for chart, where, value in (("percentiles", "p", " us"), ("throughput", "time ", "/s"), ("lag", "udp", " us")):
        browser.point(f"#chart-{chart} .u-over", 0.3)
        told = browser.ask(
            "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent)", f"#chart-{chart} .key b"
        )
        assert all(text.endswith(value) for text in told), (chart, told)
        place = browser.ask("return document.querySelector(arguments[0]).textContent", f"#chart-{chart} .where")
        assert place.startswith(where), (chart, place)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows(browser: Chromium, pages: dict[str, Path], width: int) -> None:
    for name, path in pages.items():
        browser.open(path, width=width)
        assert browser.ask("return document.documentElement.scrollWidth") == width, name
        canvases = browser.ask(WIDTHS_OF_CANVASES)
        assert all(canvas <= chart for canvas, chart in canvases), name


def test_in_the_dark_lines_and_ground_change(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["long"])
    assert browser.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    browser.look(scheme="dark")
    assert browser.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    drawn = browser.pixels("percentiles")
    assert min(drawn.get(colour, 0) for colour in DARK) > 50
    assert not set(LIGHT[:2]) & set(drawn)


def test_on_paper_it_is_light_whatever_the_screen_is(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["long"], scheme="dark", media="print")
    assert browser.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    drawn = browser.pixels("percentiles")
    assert min(drawn.get(colour, 0) for colour in LIGHT[:2]) > 50
    assert browser.ask(HIDDEN, ".log")
    assert browser.ask(HIDDEN, "details.alternative")
    browser.look(scheme="dark")
    browser.ask(WHEN_PRINTED)
    assert base64.b64decode(browser.printed()).startswith(b"%PDF-")
    assert browser.ask("return window.unfolded")
    assert not browser.ask("return document.querySelector('#definitions details').open")
    assert min(browser.pixels("percentiles").get(colour, 0) for colour in DARK) > 50
    assert browser.complaints() == []
