"""The pages: the same as agreed, quiet on the network, whole in both languages and on a phone."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.report.assessed import AT
from tests.report.conftest import ROOT, Case

from golive.browser import Browser
from golive.report.html import PAGES, render_page
from golive.report.rendering import render
from golive.report.wording import _WORDS, LANGUAGES, duration, word

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = ROOT / "src" / "golive" / "report" / "templates"


#: What changes with golive's version, its formats of evidence or the machine's zlib.
VOLATILE = (
    (r"(?s)<style>.*?</style>", "<style></style>"),
    (r"sha256-[\w+/=]+", "sha256-DIGEST"),
    (r"[0-9a-f]{2}/[0-9a-f]{62}", "DIGEST"),
    (r"[0-9a-f]{64}", "DIGEST"),
    (r"[0-9a-f]{24}\.png", "DIGEST.png"),
    (r"[0-9a-f]{16}…", "DIGEST…"),
    (r'class="number">[\d,]+<', 'class="number">BYTES<'),
    (r"golive \d[\w.]*", "golive VERSION"),
)


@pytest.fixture(scope="module")
def pages(red: Case, go: Case, bare: Case) -> dict[str, Path]:
    """The rendered folder of each document, without what needs a browser or Node."""
    return {
        name: render(
            case.documents, case.materials, case.store,
            case.workspace / "reports" / "rendered" / case.document.id,
            workspace=ROOT, built=AT, without=("pdf", "allure"),
        ).folder
        for name, case in (("red", red), ("go", go), ("bare", bare))
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["red", "go", "bare"])
def test_the_page_is_the_agreed_one(pages: dict[str, Path], name: str, language: str) -> None:
    """``GOLIVE_GOLDEN=write`` writes the agreed pages anew; look at the difference in git."""
    agreed = GOLDEN / f"{name}.{language}.html"
    made = _read(pages[name], language)
    for volatile, token in VOLATILE:
        made = re.sub(volatile, token, made)
    if os.environ.get("GOLIVE_GOLDEN") == "write":
        agreed.parent.mkdir(exist_ok=True)
        agreed.write_text(made, encoding="utf-8")
    assert made == agreed.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["red", "bare"])
def test_it_opens_from_a_file_and_asks_nothing_of_any_network(
    pages: dict[str, Path], browser: Browser, name: str, language: str
) -> None:
    folder, asked, said = pages[name], [], []
    with browser.context() as context:
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto((folder / PAGES[language]).as_uri())
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        page.eval_on_selector_all("img", "all => all.forEach(one => one.loading = 'eager')")
        # An image not yet begun says that it is complete; decoding waits, and fails for none.
        drawn = page.evaluate(
            "Promise.all([...document.images].map(one => one.decode().then(_ => one.naturalWidth)))"
        )
        alerts = page.evaluate("document.querySelectorAll('script, b script').length")
    assert asked
    assert all(url.startswith(folder.as_uri()) for url in asked), asked
    assert not said, said
    assert drawn
    assert min(drawn) > 0, "a picture is missing"
    assert alerts == 0, "what people wrote became markup"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_runs_out_of_the_page(
    pages: dict[str, Path], browser: Browser, language: str, width: int
) -> None:
    with browser.context() as context:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto((pages["red"] / PAGES[language]).as_uri())
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_printed_the_first_page_stands_alone(pages: dict[str, Path], browser: Browser) -> None:
    with browser.context() as context:
        page = context.new_page()
        page.emulate_media(media="print")
        page.goto((pages["red"] / "index.html").as_uri())
        after = page.eval_on_selector("#page1", "one => getComputedStyle(one).breakAfter")
        language = page.eval_on_selector(".lang", "one => getComputedStyle(one).display")
    assert (after, language) == ("page", "none")


@pytest.mark.parametrize("name", ["red", "go", "bare"])
def test_every_link_leads_somewhere(pages: dict[str, Path], name: str) -> None:
    """Inside the page, to a file beside it, or to the evidence store."""
    folder = pages[name]
    for language in LANGUAGES:
        links, ids = _links(_read(folder, language))
        assert any(link.startswith("../../evidence/") for link in links)
        for link in links:
            found = link[1:] in ids if link.startswith("#") else (folder / link).exists()
            assert found, link


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_red_waiver_relaxation_and_missing_word_stands_on_the_first_page(
    red: Case, language: str
) -> None:
    page = _text(render_page(red.document, language, built=AT).partition("</section>\n<main>")[0])
    wanted = [item.sentence for item in red.document.reds]
    wanted += [item.reason for item in red.document.waivers]
    wanted += [item.key for item in red.document.relaxations]
    wanted += [
        "finance has not spoken",
        "CHG-1",
        "nobody approved it",
        "Was the way back rehearsed?",
    ]
    wanted += [word(language, "decision.against"), word(language, "recommendation.no-go")]
    wanted += [f"4 {word(language, 'people.simulated')}", f"2 {word(language, 'people.claimed')}"]
    assert [text for text in wanted if text not in page] == []


def test_no_tool_is_named_to_the_sponsor(red: Case) -> None:
    first = render_page(red.document, "en", built=AT).partition('id="page1"')[2]
    first = first.partition("<main>")[0].lower()
    tools = ("allure", "behave", "pytest", "playwright", "locust", "duckdb", "ansible")
    assert [tool for tool in tools if tool in first] == []


def test_no_percentage_stands_without_its_count(red: Case) -> None:
    text = _text(render_page(red.document, "en", built=AT))
    bare = re.findall(r"(?<![\d.≥])(?<!of \d )(?<!of \d\d )\((\d[\d.]*)%\)", text)
    assert bare == []
    assert len(re.findall(r"\d+ of \d+ \(", text)) > 5


def test_every_word_is_there_in_both_languages_and_used() -> None:
    used = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in (TEMPLATES, TEMPLATES.parent)
        for path in folder.glob("*.*")
        if path.name != "wording.py"
    )
    for key, pair in _WORDS.items():
        assert all(text.strip() for text in pair), key
        assert re.findall(r"\{\w+\}", pair[0]) or not re.findall(r"\{\w+\}", pair[1]), key
        assert sorted(re.findall(r"\{\w+\}", pair[0])) == sorted(re.findall(r"\{\w+\}", pair[1]))
        # A key is used as a whole, or put together from its family and a state's own name.
        base = key.removesuffix(".says")
        families = (f'"{base}"', f'"{key.split(".")[0]}.', f"{key.rpartition('.')[0]}.")
        assert any(text in used for text in families), key


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.0, "0 s", "0秒"), (4.56, "4.6 s", "4.6秒"), (59.6, "1 min", "1分"),
        (75, "1 min 15 s", "1分15秒"), (8460, "2 h 21 min", "2小时21分"), (-3600, "-1 h", "-1小时"),
    ],
)  # fmt: skip
def test_spans_are_told_as_people_say_them(seconds: float, english: str, chinese: str) -> None:
    assert (duration(seconds, "en"), duration(seconds, "zh")) == (english, chinese)


def _read(folder: Path, language: str) -> str:
    return (folder / PAGES[language]).read_text(encoding="utf-8")


def _text(page: str) -> str:
    """Return what a page says, without its markup."""
    parser = _Reader()
    parser.feed(page)
    return " ".join("".join(parser.said).split())


def _links(page: str) -> tuple[list[str], set[str]]:
    parser = _Reader()
    parser.feed(page)
    return parser.links, parser.ids


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.said: list[str] = []
        self._silent = False

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.links += [found[key] for key in ("href", "src") if found.get(key)]
        if found.get("id"):
            self.ids.add(found["id"])
        self._silent = tag == "style"

    def handle_endtag(self, tag):
        self._silent = False

    def handle_data(self, data):
        if not self._silent:
            self.said.append(data)
