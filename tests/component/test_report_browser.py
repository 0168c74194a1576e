"""report.html in a real browser, at a phone's width and a desk's: it fits, shows the verdict first, asks for nothing.

The page forbids scripts, so what a browser makes of it is measured on a copy that allows one, ours.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GroundError
from harness.ground import debian
from harness.ground.command import Commands
from harness.judging.verdict import Verdict
from harness.report.page import render
from tests.unit.report.runs import claim, failing, run, scenario

BROWSER = "chromium-headless-shell"
"""Debian's package and its program: of one window's width exactly, which chromium itself makes 500 at least."""
PHONE, DESK = (390, 844), (1280, 900)
FORBIDS_SCRIPTS = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
MEASURE = """<script>
addEventListener("load", () => {
  const box = selector => {
    const found = document.querySelector(selector);
    if (!found || !found.checkVisibility({opacityProperty: true, visibilityProperty: true})) return null;
    const {top, bottom, left, right} = found.getBoundingClientRect();
    return {top, bottom, left, right, text: found.innerText};
  };
  document.body.dataset.measured = JSON.stringify({
    width: innerWidth, height: innerHeight, scroll: document.documentElement.scrollWidth,
    verdict: box("h1"), missed: box(".missed"), failing: box(".claim.fail"), passing: box(".claim.pass"),
    requests: performance.getEntriesByType("resource").map(entry => entry.name),
    scripts: window.ran === true, background: getComputedStyle(document.body).backgroundColor,
  });
});
</script>"""


@dataclass(frozen=True)
class Browser:
    """A browser without a window. Every name but the machine's own files is unknown to it."""

    program: str
    folder: Path

    def open(self, page: str, size: tuple[int, int], *options: str) -> tuple[str, list[str]]:
        """What the page became, as HTML, and what the browser's console said."""
        file = self.folder / "page.html"
        file.write_text(page, encoding="utf-8")
        done = subprocess.run(
            [
                self.program,
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={self.folder / 'profile'}",
                f"--window-size={size[0]},{size[1]}",
                "--enable-logging=stderr",
                *options,
                file.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE:" in line]

    def measure(self, page: str, size: tuple[int, int], *options: str) -> dict[str, Any]:
        """What the browser makes of the page: places of its parts in pixels, requests, its width and what it needs."""
        copy, forbidden = FORBIDS_SCRIPTS.subn("", page)
        assert forbidden == 1, "the page does not forbid scripts"
        became, _ = self.open(copy.replace("</body>", f"{MEASURE}</body>"), size, "--dump-dom", *options)
        measured = re.search(r'data-measured="([^"]*)"', became)
        assert measured, "the browser did not get to the end of the page"
        found: dict[str, Any] = json.loads(html.unescape(measured[1]))
        assert (found["width"], found["height"]) == size
        return found


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The browser, installed as the container engine is: from the machine's own Debian mirror, by root."""
    found = shutil.which(BROWSER)
    if found is not None:
        return found
    if not debian.is_root() or not debian.this_release().supported:
        pytest.skip(f"there is no {BROWSER}, and only root on Debian 12 or 13 can install it")
    try:
        debian.install(Commands(tmp_path_factory.mktemp("logs")), [BROWSER])
    except GroundError as error:
        pytest.skip(f"there is no {BROWSER}, and it cannot be installed: {error}")
    return shutil.which(BROWSER) or BROWSER


@pytest.fixture
def browser(program: str, tmp_path: Path) -> Browser:
    return Browser(program, tmp_path)


@pytest.fixture(scope="module")
def page() -> str:
    return render(*failing())


def scrolls(found: dict[str, Any]) -> bool:
    return bool(found["scroll"] > found["width"])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_fits_and_shows_the_verdict_first_and_failing_claims_before_the_others(
    browser: Browser, page: str, size: tuple[int, int]
) -> None:
    found = browser.measure(page, size)
    assert not scrolls(found)
    assert "FAIL" in found["verdict"]["text"]
    assert 0 <= found["verdict"]["top"] < found["verdict"]["bottom"] < size[1] / 4
    assert found["verdict"]["bottom"] < found["missed"]["top"] < size[1]
    assert found["failing"]["bottom"] <= found["passing"]["top"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_asks_for_nothing_and_the_console_is_silent(browser: Browser, page: str, size: tuple[int, int]) -> None:
    assert browser.measure(page, size)["requests"] == []
    assert browser.open(page, size, "--dump-dom")[1] == []


def test_what_was_recorded_does_not_run_even_where_scripts_are_allowed(browser: Browser) -> None:
    hostile = "<script>window.ran = true</script><img src=x onerror='window.ran = true'>"
    broken = scenario(claim(hostile, Verdict.FAIL, reason=hostile), verdict=Verdict.FAIL, reason=hostile)
    found = browser.measure(render(run(broken), failing()[1]), PHONE)
    assert (found["scripts"], found["requests"]) == (False, [])


def test_it_is_dark_where_the_reader_likes_it_so(browser: Browser, page: str) -> None:
    dark = browser.measure(page, PHONE, "--blink-settings=preferredColorScheme=0")["background"]
    assert dark != browser.measure(page, PHONE)["background"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_can_be_photographed(browser: Browser, page: str, size: tuple[int, int], tmp_path: Path) -> None:
    picture = tmp_path / "report.png"
    browser.open(page, size, f"--screenshot={picture}")
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == size
    assert picture.stat().st_size > 10_000, "there is next to nothing to be seen"


@pytest.mark.parametrize(
    ("put", "seen"),
    [
        ('<div style="width: 600px">wide</div>', scrolls),
        ("<pre style='white-space: pre'>" + "long " * 200 + "</pre>", scrolls),
        ('<img src="http://elsewhere.test/x.png">', lambda found: found["requests"] != []),
        ("<style>h1 { display: none }</style>", lambda found: found["verdict"] is None),
        ("<script>window.ran = true</script>", lambda found: found["scripts"]),
    ],
    ids=["too wide", "a line that does not break", "a request", "no verdict to be seen", "a script"],
)
def test_what_is_wrong_with_a_page_is_seen(browser: Browser, page: str, put: str, seen: Any) -> None:
    assert seen(browser.measure(page.replace("</main>", f"{put}</main>"), PHONE))


def test_what_the_page_forbids_is_heard_on_the_console(browser: Browser, page: str) -> None:
    broken = page.replace("</main>", "<script>window.ran = true</script></main>")
    assert browser.open(broken, PHONE, "--dump-dom")[1]
