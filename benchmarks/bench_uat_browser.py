"""40 browser scenarios with a picture after each step: golive beside plain Playwright.

Both do the same to the same page of this script: open it, fill four fields, press a button, see
what it says; each scenario in a context of its own, a JPEG after each of its seven steps. golive's
aim: at most 1.3 times the wall time. It also finds everything by its label, waits until the page
has come to rest, sees that what was typed stays, marks what a step acted on, masks what is private,
and keeps an Allure result, evidence and a journal. The two take turns; the best of each counts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from measuring import best_of, ratio, write

from golive.browser import find_browser

SCENARIOS, FILES = 40, 4
PAGE = (
    """<!doctype html><html lang="en"><meta charset="utf-8"><title>Order entry</title>
<style>body{font:14px sans-serif} table{border-collapse:collapse} td{border:1px solid #ccc}</style>
<h1>Order entry</h1><form onsubmit="return false">
<p><label>Customer <input name="c"></label> <label>Product <input name="p"></label>
<p><label>Quantity <input name="q" type="number"></label>
<label>Delivery date <input name="d" type="date"></label>
<p><button onclick="document.querySelector('output').textContent='Order saved'">Save</button>
<output></output></form>
<table>"""
    + "".join(f"<tr><td>{row}<td>product {row}<td>{row * 7}<td>in stock" for row in range(40))
    + "</table>"
)


class Site(BaseHTTPRequestHandler):
    """The page at every address, and the version golive asks for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        version = self.path == "/version"
        body = b'{"build": "bench"}' if version else PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if version else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


FEATURE = "Feature: Orders {file}\n" + "".join(
    f"""
  Scenario: An order {number}
    Given I open "/order"
    When I enter "C{number}" in "Customer"
    And I enter "P{number}" in "Product"
    And I enter "{number + 1}" in "Quantity"
    And I enter "2027-01-31" in "Delivery date"
    And I click "Save"
    Then I should see "Order saved"
"""
    for number in range(SCENARIOS // FILES)
)
PLAIN = """
import pathlib, sys
from playwright.sync_api import expect, sync_playwright

def scenario(browser, number):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    taken = iter(range(100))

    def picture():
        page.screenshot(path=f"plain/{number}-{next(taken)}.jpg", type="jpeg", quality=60)

    page.goto(address + "/order")
    picture()
    for label, value in (("Customer", f"C{number}"), ("Product", f"P{number}"),
                         ("Quantity", str(number + 1)), ("Delivery date", "2027-01-31")):
        page.get_by_label(label).fill(value)
        picture()
    page.get_by_role("button", name="Save").click()
    picture()
    expect(page.get_by_text("Order saved")).to_be_visible()
    picture()
    context.close()

pathlib.Path("plain").mkdir(exist_ok=True)
address = sys.argv[3]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[2], args=["--no-sandbox"])
    for number in range(int(sys.argv[1])):
        scenario(browser, number)
    browser.close()
"""
PROJECT = """
[tool.golive]
environment = "demo"
[tool.golive.environments.demo]
kind = "demo"
[tool.golive.environments.demo.targets.new]
url = "{address}"
"""


def lay_out(root: Path, address: str) -> None:
    """Write golive's scenarios and the same flow in plain Playwright."""
    (root / "features").mkdir()
    (root / "steps").mkdir()
    (root / "plain.py").write_text(PLAIN, encoding="utf-8")
    (root / "pyproject.toml").write_text(PROJECT.replace("{address}", address), encoding="utf-8")
    for file in range(FILES):
        feature = root / "features" / f"orders_{file}.feature"
        feature.write_text(FEATURE.replace("{file}", str(file)), encoding="utf-8")


def main() -> int:
    """Let them take turns; write the best seconds of each and golive's ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    browser = find_browser()
    if browser is None:
        print("there is no Chromium on this machine: make setup")
        return 1
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root, address)
        programs = {
            "golive": (sys.executable, "-m", "pytest", "-q", "features"),
            "plain Playwright": (sys.executable, "plain.py", str(SCENARIOS), browser, address),
        }
        best = best_of(rounds, programs, cwd=root, by=lambda usage: usage.wall)
        pictures = len(list((root / "reports/uat/screenshots").rglob("*.jpg")))
        plain = len(list((root / "plain").glob("*.jpg")))
    figures = {
        "scenarios": SCENARIOS,
        "rounds": rounds,
        "pictures": {"golive": pictures, "plain Playwright": plain},
        "wall seconds": {name: round(usage.wall, 2) for name, usage in best.items()},
        "cpu seconds": {name: round(usage.cpu, 2) for name, usage in best.items()},
        "wall to plain": ratio(best["golive"].wall, best["plain Playwright"].wall),
    }
    write("uat_browser", figures, packages=("behave", "playwright", "pytest"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
