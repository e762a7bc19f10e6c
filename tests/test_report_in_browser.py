"""The report as its reader opens it: from disk, in a real Chromium, without a network."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from report_feed import FACTS, tables

from cxtext.report.content import build_content
from cxtext.report.page import render_html

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(render_html(build_content(tables(), FACTS)), "utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; install one to see the report tested in it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.told = []
    page.on("console", lambda message: page.told.append(message.text))
    page.on("request", lambda request: page.told.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(report.as_uri())
    yield page
    page.close()


def test_it_opens_without_a_word_on_the_console_and_asks_for_nothing(page: Any) -> None:
    assert page.told == []
    assert "Parcel tracking shows no update" in page.locator("h1").inner_text()


def test_a_lead_goes_from_the_first_action_to_its_theme_and_reads_a_verbatim(page: Any) -> None:
    page.locator("#act a").first.click()
    target = page.locator(":target")
    assert "Parcel tracking shows no update" in target.inner_text()
    summary = page.get_by_text("Chart and verbatims").first
    summary.click()
    assert page.locator("details[open] blockquote").first.is_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_content_and_every_link_has_a_name(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    assert (
        page.evaluate("[...document.querySelectorAll('a, summary')].filter(each => !each.textContent.trim()).length")
        == 0
    )


def test_headings_descend_without_a_gap(page: Any) -> None:
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(each => +each.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_dark_mode_is_dark(page: Any) -> None:
    page.emulate_media(color_scheme="dark")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]) < 150
