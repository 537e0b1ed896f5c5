"""What only a browser can tell: contrast and names, overflow, requests, reading without scripts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, sync_playwright
from web_sites import Trouble, simulated
from werkzeug.serving import make_server

from topology.report import incidents_of
from web.app import create_app
from web.site import SiteSource

_CHROMIUM = Path("/usr/bin/chromium")
_SITE = simulated(Trouble("couplet0-enc1,oss0"))
_PAGES = (
    "/",
    *(f"/incidents/{one.incident_id}" for one in incidents_of(_SITE.known)),
    f"/incidents/{incidents_of(_SITE.known)[0].incident_id}?view=table",
    "/fs",
    "/fs/scratch",
    "/r/couplet0-enc1-slot03",
    "/r/scratch",
    "/resources?q=enc1",
    "/explore",
    "/explore?root=scratch&dir=up",
    "/explore?root=scratch&dir=up&view=table&hide=OK",
    "/hw",
    "/hw/couplet0-enc1",
    "/events",
    "/query",
    "/query?named=pool-disks",
    "/whatif",
    "/whatif?fail=couplet0-enc2-slot03&service=oss1&repair=oss0",
    "/whatif?inputs_of=oss0:scratch-OST0001&max=1",
    "/nowhere",
)

pytestmark = pytest.mark.browser


@contextmanager
def _served(source: SiteSource) -> Iterator[str]:
    """Serve the pages; yield their address."""
    server = make_server("127.0.0.1", 0, create_app(source), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the pages of a site with two failures are served."""
    with _served(lambda: _SITE) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; absent, the tests are skipped, in CI they fail."""
    if not _CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{_CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_every_page_is_accessible_and_fits(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    """Axe (WCAG 2.2 A and AA) finds nothing; nothing sticks out sideways."""
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    for path in _PAGES:
        page.goto(address + path)

        results = Axe().run(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")

        assert 0 == results.violations_count, f"{path}: {results.generate_report()}"
        assert overflow <= 0, f"{path} is {overflow} px too wide at {width}"
    context.close()


def test_no_request_leaves_the_site(browser: Browser, address: str) -> None:
    """Sites have no internet; a page asks for itself and its own static files."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    for path in _PAGES[:-1]:
        page.goto(address + path)

    assert asked
    assert [] == [url for url in asked if not url.startswith(f"{address}/")]
    assert [] == refused
    context.close()


def test_a_page_that_is_looked_at_stays_live(browser: Browser) -> None:
    """After 5 s it is asked for again: 304, then what is new, then that nobody answers."""
    healthy = simulated()
    current = [healthy]
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    with _served(lambda: current[0]) as address:
        page.goto(address)
        with page.expect_response(lambda one: one.status == 304):
            page.clock.fast_forward(5000)
        broken = simulated(Trouble("couplet0-enc1"))
        current[0] = replace(broken, view=replace(broken.known, revision=99))
        page.clock.fast_forward(5000)
        page.get_by_role("link", name="couplet0-enc1 failed.").wait_for()

        assert "1 thing is broken." in page.get_by_role("status").inner_text()
        assert "revision 99" in page.locator("#status").inner_text()
    page.clock.fast_forward(5000)
    page.get_by_text("Not live: the service does not answer").wait_for()
    context.close()


def test_what_somebody_types_is_not_swapped_away(browser: Browser, address: str) -> None:
    """The page waits until the form is as it was."""
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    page.goto(f"{address}/whatif")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.get_by_label("These fail").fill("oss0")
    page.clock.fast_forward(20_000)
    page.get_by_role("link", name="Now").focus()
    page.clock.fast_forward(20_000)

    assert [] == [url for url in asked if url.startswith(f"{address}/whatif")]
    assert "oss0" == page.get_by_label("These fail").input_value()
    context.close()


def test_every_page_can_be_read_and_walked_without_scripts(browser: Browser, address: str) -> None:
    """From Now to the slot of the broken part by keyboard alone, scripts switched off."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)

    page.get_by_role("link", name="couplet0-enc1 failed.").press("Enter")
    page.wait_for_url("**/incidents/**")
    assert page.locator("svg.path a").count() > 5
    page.locator("svg.path a").first.press("Enter")
    page.wait_for_url("**/r/**")

    assert "couplet0-enc1 failed." in page.locator("h1").inner_text()
    assert page.get_by_role("heading", name="Slots of couplet0-enc1").is_visible()
    context.close()


def test_no_text_of_the_impact_path_leaves_its_card(browser: Browser, address: str) -> None:
    """As Chromium draws it with the fonts of this machine."""
    context = browser.new_context()
    page = context.new_page()
    for path in _PAGES[1:3]:
        page.goto(address + path)

        outside = page.evaluate(
            """() => [...document.querySelectorAll('svg.path .card')].flatMap(card => {
                const face = card.querySelector('.face').getBoundingClientRect();
                return [...card.querySelectorAll('.name, .note')]
                    .filter(text => text.getBoundingClientRect().right > face.right - 2)
                    .map(text => text.textContent);
            })"""
        )

        assert [] == outside
    context.close()


def test_single_keys_lead_to_the_answer_and_can_be_switched_off(
    browser: Browser, address: str
) -> None:
    """Search, pages, help, table and what-if by one key; none of them once they are off."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}{_PAGES[1]}")

    page.keyboard.press("t")
    page.wait_for_url("**view=table*")
    page.keyboard.press("w")
    page.wait_for_url("**/whatif?**")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/hw")
    page.keyboard.press("/")
    page.keyboard.type("enc1?")
    assert "enc1?" == page.get_by_role("searchbox", name="Search").input_value()
    page.get_by_role("searchbox", name="Search").blur()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_visible()
    page.get_by_label("Single keys do this").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_hidden()
    context.close()


def test_arrows_walk_along_the_impact_path(browser: Browser, address: str) -> None:
    """From the cause to the right as trouble travels, and back; `o` unfolds a folded card."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}{_PAGES[1]}")
    cards = page.locator("svg.path a")
    cards.first.focus()
    focused = "document.activeElement.getBoundingClientRect().x"
    start = page.evaluate(focused)

    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) > start
    page.keyboard.press("ArrowLeft")
    assert start == page.evaluate(focused)
    page.locator("svg.path a.folded").first.focus()
    page.keyboard.press("o")
    page.wait_for_url("**open=*")
    context.close()


def test_the_text_for_a_ticket_is_copied_whole(browser: Browser, address: str) -> None:
    """What is pasted says what failed, what it hits, where the part is, and the page's address."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}{_PAGES[1]}")

    page.keyboard.press("c")
    page.get_by_role("status").get_by_text("Copied").wait_for(state="attached")

    copied = page.evaluate("navigator.clipboard.readText()")
    heading = page.locator("h1").inner_text()
    assert copied.splitlines()[0] in heading
    assert page.url in copied
    context.close()
