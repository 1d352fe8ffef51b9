"""The HTML report: one file that asks no host for anything, in which hostile texts are text, and which is small."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sockbench.model.result import Result
from sockbench.report import cells
from sockbench.report.html_report import UPLOT_VERSION, embedded, render_html
from tests.report import searches
from tests.report.experiments import MATRIX, REPEATED
from tests.report.pages import HOSTILE_TEXTS, hostile, long_result
from tests.report.samples import RESULT, result_of
from tests.report.strategies import results

VOID = {"meta", "link", "br", "img", "input", "hr"}
LARGEST = 400_000
ELEMENTS = frozenset(
    """html head meta title style body main header h1 h2 h3 p span strong ul li section noscript div figure figcaption
    details summary table caption thead tbody tr th td dl dt dd pre footer script""".split()  # noqa: SIM905
)
ATTRIBUTES = frozenset(
    """lang charset http-equiv content name class id scope tabindex aria-hidden aria-label type""".split()  # noqa: SIM905
)
FETCHES = ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "EventSource", "import(", "@import", "url(", "eval(")


class Read(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, the texts of scripts, and all other text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def charts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.scripts[0])
        return found


def some_results() -> Iterator[Any]:
    yield pytest.param(RESULT, id="one run")
    yield pytest.param(result_of(), id="no group")
    yield pytest.param(MATRIX, id="a matrix")
    yield pytest.param(REPEATED, id="repeated")
    yield pytest.param(searches.RESULT, id="a search")


@pytest.mark.parametrize("result", list(some_results()))
def test_every_kind_of_result_has_a_whole_page(result: Result) -> None:
    page = Read(render_html(result))
    assert page.open == []
    assert len(page.scripts) == 3
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {f"chart-{chart['id']}" for chart in page.charts} <= ids
    assert f"verdict: {result.verdict.status}" in page.text
    story = (result.name, "verdict:", "Tables", "How it was measured", "What the figures mean")
    order = [page.text.index(words) for words in story]
    assert order == sorted(order)


def test_it_asks_no_host_for_anything() -> None:
    result, log = long_result(20)
    text = render_html(result, log)
    page = Read(text)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "audio", "video", "base", "form", "a"}, tag
        assert not {"src", "href", "srcset", "action", "data", "poster", "background", "style"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")]
    named = set(re.findall(r"https?://[^\s\"')]+", text))  # in a comment, and the name of a language
    assert named == {"https://github.com/leeoniya/uPlot", "http://www.w3.org/2000/svg"}
    code = text.replace(licence_of(text), "")
    for word in FETCHES:
        assert word not in code, word
    (policy,) = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def licence_of(text: str) -> str:
    """The licence of uPlot stands before it, and allows what it says."""
    begin, end = text.index("The MIT License"), text.index("var uPlot")
    assert f"(v{UPLOT_VERSION})" in text[begin:end]
    return text[begin:end]


def is_harmless(page: str) -> Read:
    """Nothing on the page that the template does not have, and no character that is not for people."""
    page.encode()
    read = Read(page)
    assert read.open == []
    assert {tag for tag, _ in read.elements} <= ELEMENTS
    assert {name for _, attributes in read.elements for name in attributes} <= ATTRIBUTES
    assert [tag for tag, _ in read.elements if tag in ("script", "style", "title")] == [
        "title",
        "style",
        *["script"] * 3,
    ]
    assert all(char.isprintable() or char == "\n" for char in page)
    return read


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_texts_are_text(text: str) -> None:
    read, plain = is_harmless(render_html(hostile(text))), Read(render_html(hostile("harmless")))
    assert read.scripts[1:] == plain.scripts[1:]
    assert [chart["id"] for chart in read.charts if "against" not in chart["id"]] == [
        chart["id"] for chart in plain.charts
    ]
    assert cells.plain(text) in read.text


@settings(max_examples=10)
@given(st.text(max_size=30))
def test_any_text_is_text(text: str) -> None:
    is_harmless(render_html(hostile(f"a{text}")))


@settings(max_examples=15)
@given(results())
def test_any_result_has_a_page(result: Result) -> None:
    page = is_harmless(render_html(result))
    for chart in page.charts:
        assert all(len(line["values"]) == len(chart["at"]) for line in chart["lines"])
        assert chart["at"] == sorted(chart["at"])


@settings(max_examples=50)
@given(st.lists(st.text() | st.none() | st.integers()))
@example(list(HOSTILE_TEXTS))
def test_embedded_json_is_what_it_was_and_ends_no_script(value: object) -> None:
    text = embedded(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert not set("<>&") & set(text)


@pytest.mark.parametrize(("groups", "repeat"), [(1, 1), (5, 1), (1, 3)])
def test_ten_minutes_are_small(groups: int, repeat: int) -> None:
    result, log = long_result(600, groups, repeat)
    page = render_html(result, log)
    assert len(page.encode()) < LARGEST
    over_time = [chart for chart in Read(page).charts if chart["x"]["unit"] == "seconds"]
    assert {chart["id"] for chart in over_time} >= {"throughput", "rtt", "outcomes"}
    assert all(chart["at"][-1] == 600 for chart in over_time)


def test_the_story_comes_first() -> None:
    text = Read(render_html(MATRIX)).text
    assert text.index("Thresholds: 2 of 4 not met.") < text.index("Tables")
    assert "sockbench run scenarios/udp10.yaml --seed 7 --repeat 2 --workers 1" in text
    assert "text: Olá, servidor!" in text
    assert "RTT p50" in text
    assert "the first correct reply came within the timeout: done - sent <= timeout" in text
