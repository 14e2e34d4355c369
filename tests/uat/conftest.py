"""Pages of our own to act on, workspaces made on the spot, and the demo's new system."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio._backends._asyncio  # noqa: F401  (the servers' threads must import nothing)
import pytest
import uvicorn
from demo.new import schema
from demo.new.app import create_app
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

# Imported once here, so that runs inside this process need not import them again and again.
import golive.cli.check
import golive.cli.steps
import golive.cli.uat
import golive.uat.allure_bridge
import golive.uat.behave
import golive.uat.recording  # noqa: F401
from golive.browser import Browser
from golive.contracts import Environment, Target
from golive.uat.results import read_results
from golive.uat.session import Session
from golive.uat.site import Account, Site

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an ASGI application in a thread; yield its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # a call made before the thread serves waits instead of being refused
    config = uvicorn.Config(
        app, log_level="error", lifespan="off", access_log=False, loop="asyncio", http="h11",
        ws="none",
    )  # fmt: skip
    # Here, not in the thread: a test that runs pytest inside this process puts sys.modules back
    # as it was, and an import half done in another thread then finds its own package gone.
    config.load()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


@contextmanager
def new_system(folder: Path) -> Iterator[str]:
    """Generate the pair's accounts, fill the new system, serve it and write its ``site.json``."""
    sizes = ["--customers", "40", "--products", "40", "--orders", "50"]
    command = [sys.executable, "-m", "demo", "generate", "--dir", str(folder), *sizes]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    dsn = f"sqlite:///{folder / 'new.db'}"
    _fill(dsn)
    with serve(create_app(folder, dsn)) as url:
        target = {"url": url, "database": dsn}
        site = {"targets": {"new": target}, "facts": {"demo_dir": str(folder)}}
        (folder / "site.json").write_text(json.dumps(site), encoding="utf-8")
        yield url


def _fill(dsn: str) -> None:
    day = date(2020, 1, 1)
    common = {
        "country_code": "CN",
        "currency_code": "CNY",
        "address": "中山路 1 号",
        "city": "上海",
        "created_on": day,
    }
    customers = [
        {
            "code": "C00001",
            "name": "限额客户",
            "credit_limit": Decimal("500.00"),
            "status": "active",
        },
        {"code": "C00002", "name": "锁定客户", "credit_limit": Decimal(0), "status": "blocked"},
        {"code": "C00003", "name": "㐂悦贸易", "credit_limit": Decimal(0), "status": "active"},
    ]
    product = {
        "code": "P00001",
        "name": "轴承",
        "unit": "EA",
        "product_group": "A",
        "status": "active",
    }
    engine = schema.connect(dsn)
    with schema.writing(engine).begin() as db:
        db.execute(insert(schema.customer), [common | customer for customer in customers])
        key = db.execute(
            insert(schema.product).returning(schema.product.c.id), product
        ).scalar_one()
        price = {
            "product_id": key,
            "currency_code": "CNY",
            "valid_from": day,
            "amount": Decimal("10.50"),
        }
        db.execute(insert(schema.price), price)
        stock = {"product_id": key, "warehouse": "W1", "on_hand": 5000, "allocated": 0}
        db.execute(insert(schema.stock), stock)
    engine.dispose()


SHOP = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8">
<title>Shop · Orders</title></head><body>
<nav aria-label="Menu"><a href="/orders">Orders</a> <a href="/orders">订单</a></nav>
<main><h1>New order</h1>
<form action="/save" method="get">
 <p><label for="q">Quantity *</label> <input id="q" name="quantity"></p>
 <p><label>Currency <select name="currency"><option>CNY<option>EUR</select></label></p>
 <p><label for="n">备注：</label> <input id="n" name="note"></p>
 <p><input name="find" placeholder="Search"></p>
 <p><label><input type="checkbox" name="urgent"> Urgent</label></p>
 <p><label for="fixed">Plant</label> <input id="fixed" value="1000" readonly></p>
 <p><label for="pin">PIN</label> <input id="pin" type="password" value="kanari-4711"></p>
 <button>Save</button> <button type="button" disabled>Approve</button>
 <a href="/orders">Save as draft</a>
</form>
<section><h2>One</h2><button>Twice</button></section>
<section><h2>Two</h2><a href="/orders">Twice</a></section>
<dl><dt>Status:</dt><dd>Approved</dd>
<dt id="t">Total</dt><dd aria-labelledby="t">￥1,234.50</dd></dl>
<p>Order SO-000123 was saved for 10 pieces.</p><p hidden>Rejected</p>
<table><caption>Lines</caption><thead><tr><th>Product</th><th>Amount</th></tr></thead>
<tbody><tr><td>P1</td><td>31.50</td></tr><tr><td>P2</td><td>1,200.00</td></tr></tbody>
<tfoot><tr><th>Total</th><td>1,231.50</td></tr></tfoot></table>
<table><caption>Links</caption><tr><th>No</th><th>What</th></tr>
<tr><td>A-1</td><td><a href="/save?quantity=one">Open</a></td></tr>
<tr><td>A-2</td><td><a href="/save?quantity=two">Open</a></td></tr></table>
<p id="late"></p><script>setTimeout(() => late.textContent = 'Ready now', 300)</script>
</main></body></html>"""


async def _shop(_request: Request) -> HTMLResponse:
    return HTMLResponse(SHOP.format(lang="en"))


async def _save(request: Request) -> HTMLResponse:
    values = request.query_params
    if not values.get("quantity"):
        return HTMLResponse("<div role=alert>Quantity is required.</div>", status_code=422)
    rows = "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in values.items())
    return HTMLResponse(f"<title>Saved</title><h1>Saved</h1><dl>{rows}</dl>")


#: Who signed in by the page, one entry each time; and whose log-in the system no longer takes.
SIGNED_IN: list[str] = []
SIGNED_OUT: set[str] = set()


async def _login(request: Request) -> HTMLResponse | RedirectResponse:
    if request.method == "POST":
        form = await request.form()
        if form["password"] == "right":
            answer = RedirectResponse("/me", status_code=303)
            answer.set_cookie("user", str(form["user"]))
            SIGNED_IN.append(str(form["user"]))
            return answer
    fault = "<p role=alert>Wrong password.</p>" if request.method == "POST" else ""
    return HTMLResponse(
        f"{fault}<form method=post><label>Username <input name=user></label>"
        "<label>Password <input type=password name=password></label><button>Sign in</button></form>"
    )


async def _me(request: Request) -> HTMLResponse | RedirectResponse:
    user = request.cookies.get("user")
    if user is None or user in SIGNED_OUT:
        return RedirectResponse("/login")
    out = "<form method=post action=/out><button>Sign out</button></form>"
    return HTMLResponse(f"<h1>Hello {user}</h1><p>Welcome</p>{out}")


async def _out(_request: Request) -> RedirectResponse:
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie("user")
    return answer


async def _version(_request: Request) -> JSONResponse:
    return JSONResponse({"system": "shop", "build": "b7", "site": "s1"})


async def _fault(_request: Request) -> HTMLResponse:
    return HTMLResponse("<h1>down</h1>", status_code=500)


PAGES = Path(__file__).with_name("pages")


async def _page(request: Request) -> HTMLResponse:
    """A page of the folder, its ``{English|中文}`` in the language asked for."""
    chosen = 2 if request.query_params.get("lang") == "zh" else 1
    text = (PAGES / request.path_params["name"]).read_text(encoding="utf-8")
    return HTMLResponse(re.sub(r"\{([^{}|\n]*)\|([^{}|\n]*)\}", lambda m: m[chosen], text))


async def _wait(request: Request) -> JSONResponse:
    await asyncio.sleep(int(request.query_params["ms"]) / 1000)
    return JSONResponse([])


async def _proposals(request: Request) -> JSONResponse:
    known = ["C1 · 华东贸易", "C12 · 华南贸易", "C2 · Huanan (上海)", "C2-A · Huabei"]
    return JSONResponse([text for text in known if request.query_params["q"] in text])


async def _file(_request: Request) -> Response:
    content = "编号,金额\r\nSO-1,31.50\r\n".encode("gb18030")
    return Response(content, headers={"Content-Disposition": 'attachment; filename="orders.csv"'})


def _app() -> Starlette:
    return Starlette(
        routes=[
            Route("/pages/{name}", _page),
            Route("/wait", _wait),
            Route("/proposals", _proposals),
            Route("/files/orders.csv", _file),
            Route("/", _shop),
            Route("/orders", _shop),
            Route("/save", _save),
            Route("/login", _login, methods=["GET", "POST"]),
            Route("/me", _me),
            Route("/out", _out, methods=["POST"]),
            Route("/version", _version),
            Route("/fault", _fault),
        ]
    )


@pytest.fixture(scope="session")
def shop():
    """The address of our own little system."""
    with serve(_app()) as url:
        yield url


@pytest.fixture
def signed_in():
    """Who signed in by the shop's page since the test began."""
    SIGNED_IN.clear()
    SIGNED_OUT.clear()
    yield SIGNED_IN
    SIGNED_OUT.clear()


@pytest.fixture
def ended_logins(signed_in):
    """Users whose log-in the shop no longer takes."""
    return SIGNED_OUT


@pytest.fixture(scope="session")
def new_url(tmp_path_factory):
    """The demo's new system on free data: its folder with ``site.json``."""
    folder = tmp_path_factory.mktemp("pair") / ".demo"
    with new_system(folder):
        yield folder


@pytest.fixture(scope="module")
def browser():
    """One real browser for a module; another test of this process starts its own."""
    started = Browser.start()
    yield started
    started.close()


def site_at(url: str, root: Path) -> Site:
    target = Target(name="new", url=url)
    environment = Environment(name="demo", kind="demo", targets={"new": target}, facts={})
    accounts = {
        "clerk": Account(user="clerk", password="right"),
        "bad": Account(user="bad", password="wrong"),
    }
    return Site(root=root, environment=environment, target=target, accounts=accounts)


@pytest.fixture
def session(browser, shop, tmp_path):
    """A scenario's session at our own little system, with the shop's page open."""
    made = Session(
        find_site=lambda: site_at(shop, tmp_path),
        browser=lambda: browser,
        pictures=tmp_path / "pictures",
        patience=2.0,
    )
    made.goto("/")
    yield made
    made.close()


@pytest.fixture
def workspace(pytester, shop):
    """A workspace in pytester's folder whose target is our own little system."""
    pytester.makepyprojecttoml(
        textwrap.dedent(f"""
        [tool.golive]
        environment = "demo"
        [tool.golive.environments.demo]
        kind = "demo"
        targets = {{ new = {{ url = "{shop}" }} }}
        [tool.pytest.ini_options]
        addopts = ["--import-mode=importlib", "--strict-markers", "--strict-config"]
        filterwarnings = ["error"]
        [tool.behave]
        paths = ["features"]
        runner = "golive.uat.behave:Runner"
        """)
    )
    for folder in ("features", "steps"):
        (pytester.path / folder).mkdir()
    return Workspace(pytester)


#: Plugins that these runs do not need and that cost a second each time.
QUIET = [
    "-pno:cacheprovider",
    "-pno:hypothesispytest",
    "-pno:locust",
    "-pno:pytest_locust",
    "-pno:anyio",
]


class Workspace:
    """Writes features and steps, runs them, reads the record."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.root = pytester.path

    def feature(self, name, text, encoding="utf-8"):
        path = self.root / "features" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(textwrap.dedent(text).encode(encoding))
        return path

    def steps(self, text, name="own.py"):
        (self.root / "steps" / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def hooks(self, text):
        (self.root / "environment.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def run(self, *args, inside=True):
        run = self.pytester.runpytest_inprocess if inside else self.pytester.runpytest_subprocess
        return run("features", *QUIET, *args)

    def record(self):
        return read_results(self.root / "reports" / "uat" / "results.json")

    def statuses(self):
        return {result.name: result.status for result in self.record().scenarios}
