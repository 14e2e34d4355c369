"""The demo pair over HTTP: order to cash in both systems, roles, freeze, close, switch, words."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from demo import effects, generator, pair
from demo.wording import say

LATER = (datetime.now().astimezone().date() + timedelta(days=30)).isoformat()
SYSTEMS = ("old", "new")
#: code → credit limit in cents, status letter of the old system, status of the new one
CUSTOMERS = {
    "CT001": (0, "A", "active"),
    "CT002": (50_000, "A", "active"),
    "CT003": (0, "B", "blocked"),
}
PRODUCT, PRICE, STOCK = "PT001", 1099, 50


@dataclass
class Pair:
    folder: Path
    urls: dict[str, str]
    opened: list[httpx.Client] = field(default_factory=list)

    def password(self, user: str) -> str:
        return (self.folder / "secrets" / f"{user}_password").read_text(encoding="utf-8")

    def client(self, target: str, user: str = "", lang: str = "en") -> httpx.Client:
        auth = (user, self.password(user)) if user else None
        headers = {"Accept-Language": lang}
        made = httpx.Client(base_url=self.urls[target], auth=auth, headers=headers, timeout=20)
        self.opened.append(made)
        return made

    def ask(self, system: str, query: str) -> list[tuple]:
        connection = sqlite3.connect(self.folder / f"{system}.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def tell(self, system: str, statement: str, *values: object) -> None:
        connection = sqlite3.connect(self.folder / f"{system}.db", timeout=10)
        with connection:
            connection.execute(statement, values)
        connection.close()

    def admin(self, target: str, path: str, body: object = None, attempt: str = "") -> dict:
        headers = {"X-Golive-Attempt": attempt} if attempt else {}
        with self.client(target, "admin") as client:
            if path == "/admin/state":
                return client.get(path).raise_for_status().json()
            return client.post(path, json=body, headers=headers).raise_for_status().json()

    def effects(self, attempt: str) -> list[str]:
        found = effects.read(self.folder)
        return [f"{e.system}:{e.effect}" for e in found if e.attempt == attempt]


class Desk:
    """One signed-in user of one system, who knows its paths and fields."""

    def __init__(self, demo: Pair, system: str, user: str, lang: str = "en", at: str = "") -> None:
        self.system, self.lang = system, lang
        self.http = demo.client(at or system, lang=lang)
        self.http.follow_redirects = True
        if system == "old":
            answer = self.http.post("/logon", data={"usid": user, "pswd": demo.password(user)})
        else:
            answer = self.http.post(
                "/sign-in", data={"username": user, "password": demo.password(user)}
            )
        assert answer.status_code == 200, answer.text

    def order(self, customer: str, quantity: object, **fields: str) -> httpx.Response:
        typed = {
            "customer": customer,
            "product": PRODUCT,
            "quantity": str(quantity),
            "delivery_date": LATER,
            "note": "",
        } | fields
        if self.system == "new":
            return self.http.post("/orders/new", data=typed)
        names = {
            "customer": "cuno",
            "product": "itno",
            "quantity": "qty",
            "delivery_date": "dldt",
            "note": "memo",
        }
        return self.http.post("/ordnew", data={names[k]: v for k, v in typed.items()})

    def press(self, number: str, action: str, amount: str = "", ref: str = "") -> httpx.Response:
        if self.system == "new":
            data = {"amount": amount, "reference": ref} if action == "pay" else {}
            return self.http.post(f"/orders/{number}/{action}", data=data)
        data = {"orno": number, "key": action, "pamt": amount, "refn": ref}
        return self.http.post("/ordact", data=data)


def number_in(answer: httpx.Response) -> str:
    found = re.search(r"SO-\d{6}|(?<=orno=)\d{8}", str(answer.url))
    assert found, f"{answer.status_code} {answer.url} {alerts(answer)}"
    return found[0]


def alerts(answer: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</div>', answer.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def fact(answer: httpx.Response, label: str) -> str:
    found = re.search(
        rf'<(?:dt|th)[^>]* id="([^"]+)">{re.escape(label)}</(?:dt|th)>\s*'
        r'<(?:dd|td) aria-labelledby="\1">(.*?)</(?:dd|td)>',
        answer.text,
        re.DOTALL,
    )
    assert found, f"no '{label}' on {answer.url}"
    return re.sub(r"<[^>]+>", "", found[2]).strip()


def stock_of(demo: Pair, system: str) -> tuple[int, int]:
    if system == "old":
        query = f"SELECT qtoh, qtal FROM stok WHERE itno = '{PRODUCT}'"
    else:
        query = (
            "SELECT on_hand, allocated FROM stock JOIN product ON id = product_id "
            f"WHERE code = '{PRODUCT}'"
        )
    return demo.ask(system, query)[0]


def balances(demo: Pair, system: str) -> dict[str, int]:
    with demo.client(system, "finance") as client:
        rows = client.get("/api/ledger").raise_for_status().json()["items"]
    cents = {f"{r['code']} {r['currency']}": round(float(r["balance"]) * 100) for r in rows}
    assert sum(cents.values()) == 0, "the ledger does not balance"
    return {key: value for key, value in cents.items() if key.endswith("CNY")}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("demo")
    generator.generate(folder, seed=5, customers=50, products=100, orders=200)
    made = Pair(folder=folder, urls={})
    _stock_up(made)
    made.urls = dict(pair.up(folder).urls)
    yield made
    assert pair.down(folder) == ("gateway", "new_b", "new", "old")


@pytest.fixture(autouse=True)
def _close_clients(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "demo" in request.fixturenames:
        opened = request.getfixturevalue("demo").opened
        while opened:
            opened.pop().close()


def _stock_up(demo: Pair) -> None:
    for at, (code, (limit, letter, status)) in enumerate(CUSTOMERS.items(), start=1):
        demo.tell(
            "old",
            "INSERT INTO cust (cuno, cnm1, ctry, curr, crlm, stat) VALUES (?, ?, ?, ?, ?, ?)",
            *(code, f"测试客户 {at}", "CN", "RMB", limit, letter),
        )
        demo.tell(
            "new",
            "INSERT INTO customer (id, code, name, address, city, country_code, currency_code,"
            " credit_limit, status, created_on) VALUES (?, ?, ?, 'x', 'x', 'CN', 'CNY', ?, ?, ?)",
            *(at, code, f"测试客户 {at}", f"{limit // 100}.00", status, "2026-01-01"),
        )
    demo.tell("old", "INSERT INTO item (itno, itnm, stat) VALUES (?, '测试产品', 'A')", PRODUCT)
    demo.tell(
        "old", "INSERT INTO prc VALUES (?, 'CNY ', '20240101', '99991231', ?)", PRODUCT, PRICE
    )
    demo.tell("old", "INSERT INTO stok VALUES (?, 'W1', ?, 0)", PRODUCT, STOCK)
    demo.tell(
        "new",
        "INSERT INTO product (id, code, name, unit, product_group, status)"
        " VALUES (1, ?, '测试产品', 'EA', 'X', 'active')",
        PRODUCT,
    )
    demo.tell("new", "INSERT INTO price VALUES (1, 1, 'CNY', '2024-01-01', NULL, '10.99')")
    demo.tell("new", "INSERT INTO stock VALUES (1, 'W1', ?, 0)", STOCK)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_order_to_cash(demo: Pair, system: str, lang: str) -> None:
    clerk, approver, finance = (
        Desk(demo, system, user, lang) for user in ("clerk", "approver", "finance")
    )
    (on_hand, allocated), before = stock_of(demo, system), balances(demo, system)

    def status(answer: httpx.Response, name: str) -> None:
        assert answer.status_code == 200, f"{answer.status_code}: {alerts(answer)}"
        assert fact(answer, say(lang, "status")) == say(lang, name)

    saved = clerk.order("ct001 ", 3, note="<b>加急</b> & urgent")
    number = number_in(saved)
    status(saved, "draft")
    assert say(lang, "done_saved", number=number) in saved.text
    assert "<b>加急" not in saved.text
    assert "&lt;b&gt;加急&lt;/b&gt; &amp; urgent" in saved.text
    assert fact(saved, say(lang, "total")) == "32.97 CNY"
    status(clerk.press(number, "submit"), "awaiting_approval")
    status(approver.press(number, "approve"), "approved")
    assert stock_of(demo, system) == (on_hand, allocated + 3)
    status(clerk.press(number, "ship"), "shipped")
    assert stock_of(demo, system) == (on_hand - 3, allocated)
    status(finance.press(number, "invoice"), "invoiced")
    part = finance.press(number, "pay", amount="12.97", ref="电汇 1")
    status(part, "invoiced")
    assert fact(part, say(lang, "open_amount")) == "20.00 CNY"
    status(finance.press(number, "pay", amount="２０.００"), "paid")

    moved = {k: v - before.get(k, 0) for k, v in balances(demo, system).items()}
    assert {k: v for k, v in moved.items() if v} == {
        "1002 CNY": 3297,
        "6001 CNY": -2918,
        "2221 CNY": -379,
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_wrong_field_is_named_at_once(demo: Pair, system: str) -> None:
    for lang in ("en", "zh"):
        desk = Desk(demo, system, "clerk", lang)
        answer = desk.order("", "1.5", product="", delivery_date="2001-02-03")
        assert answer.status_code == 422
        keys = ("customer_required", "product_required", "quantity_whole", "date_past")
        for key in keys:
            assert say(lang, key) in alerts(answer)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("typed", ["0", "-1", "1e3", "", "三", "1,000", "99999999999"])
def test_a_quantity_is_a_positive_whole_number(demo: Pair, system: str, typed: str) -> None:
    answer = Desk(demo, system, "clerk").order("CT001", typed)
    assert answer.status_code == 422
    assert alerts(answer) == "Quantity must be a positive whole number."


@pytest.mark.parametrize("system", SYSTEMS)
def test_master_data_is_checked(demo: Pair, system: str) -> None:
    desk = Desk(demo, system, "clerk")
    blocked = desk.order("CT003", 1)
    assert alerts(blocked) == "Customer CT003 is blocked."
    unknown = desk.order("C99999", 1, product="P99999")
    assert alerts(unknown) == "Customer C99999 does not exist. Product P99999 does not exist."
    undated = desk.order("CT001", 1, delivery_date="2026-02-30")
    assert alerts(undated) == "Delivery date is not a date."


@pytest.mark.parametrize("system", SYSTEMS)
def test_roles_are_kept_apart(demo: Pair, system: str) -> None:
    clerk, approver = Desk(demo, system, "clerk"), Desk(demo, system, "approver")
    number = number_in(clerk.order("CT001", 1))
    clerk.press(number, "submit")
    refused = clerk.press(number, "approve")
    assert refused.status_code == 403
    assert alerts(refused) == "Your role (clerk) may not approve orders."
    chinese = Desk(demo, system, "clerk", "zh").press(number, "approve")
    assert alerts(chinese) == "您的角色（业务员）无权审批订单。"
    for action in ("invoice", "pay"):
        assert clerk.press(number, action).status_code == 403
    assert Desk(demo, system, "finance").order("CT001", 1).status_code == 403

    own = number_in(approver.order("CT001", 1))
    approver.press(own, "submit")
    refused = approver.press(own, "approve")
    assert refused.status_code == 403
    assert alerts(refused) == "You may not approve your own order."
    second = Desk(demo, system, "approver2").press(own, "reject")
    assert fact(second, "Status") == "Rejected"


@pytest.mark.parametrize("system", SYSTEMS)
def test_rules_refuse_without_a_trace(demo: Pair, system: str) -> None:
    clerk, approver = Desk(demo, system, "clerk"), Desk(demo, system, "approver")
    dear = number_in(clerk.order("CT002", 46))
    clerk.press(dear, "submit")
    refused = approver.press(dear, "approve")
    assert refused.status_code == 409
    assert alerts(refused) == (
        "The order total 505.54 CNY is over the credit limit 500.00 CNY of customer CT002."
    )
    before = stock_of(demo, system)
    big = number_in(clerk.order("CT001", 999))
    assert clerk.press(big, "ship").status_code == 409
    clerk.press(big, "submit")
    refused = approver.press(big, "approve")
    assert alerts(refused) == (
        f"Not enough stock of {PRODUCT}: {before[0] - before[1]} available, 999 ordered."
    )
    assert fact(refused, "Status") == "Awaiting approval"
    assert stock_of(demo, system) == before


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_payment_is_not_more_than_what_is_open(demo: Pair, system: str) -> None:
    with demo.client(system, "admin") as api, demo.client(system, "clerk") as clerk:
        order = {"customer": "CT001", "product": PRODUCT, "quantity": 1, "delivery_date": LATER}
        made = clerk.post("/api/orders", json=order)
        assert made.status_code == 201
        path = f"/api/orders/{made.json()['number']}"
        assert made.headers["location"] == path
        for action in ("submit", "approve", "ship", "invoice"):
            assert api.post(f"{path}/{action}").status_code == 200, action
        for wrong in ("10.999", "0", "-1", "abc"):
            answer = api.post(f"{path}/pay", json={"amount": wrong})
            assert answer.json()["problems"][0]["code"] == "amount_invalid"
        high = api.post(f"{path}/pay", json={"amount": "11.00"})
        assert high.json()["problems"][0] == {
            "code": "amount_high",
            "field": "amount",
            "text": "Amount must not be over the open amount 10.99 CNY.",
        }
        paid = api.post(f"{path}/pay").json()
        assert (paid["status"], paid["total"], paid["invoice"]["paid"]) == (
            "paid",
            "10.99",
            "10.99",
        )


@pytest.mark.parametrize("system", SYSTEMS)
def test_orders_at_the_same_moment_have_numbers_of_their_own(demo: Pair, system: str) -> None:
    order = {"customer": "CT001", "product": PRODUCT, "quantity": 1, "delivery_date": LATER}
    client = demo.client(system, "clerk")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/api/orders", json=order), range(24)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 24
    # The same order shipped by many at once leaves the stock once.
    path = f"/api/orders/{answers[0].json()['number']}"
    admin = demo.client(system, "admin")
    for action in ("submit", "approve"):
        assert admin.post(f"{path}/{action}").status_code == 200
    before = stock_of(demo, system)
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: admin.post(f"{path}/ship").status_code, range(8)))
    assert sorted(codes) == [200] + [409] * 7
    assert stock_of(demo, system) == (before[0] - 1, before[1] - 1)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_api_asks_who_and_says_why_not(demo: Pair, system: str) -> None:
    with demo.client(system) as nobody:
        refused = nobody.get("/api/orders")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert nobody.post("/admin/state").status_code in {401, 405}
        assert nobody.get("/nowhere").status_code == 404
    with demo.client(system, "clerk") as clerk:
        assert clerk.get("/admin/state").status_code == 403
        listed = clerk.get("/api/customers", params={"q": "CT00", "size": "2"}).json()
        assert (listed["total"], listed["pages"], len(listed["items"])) == (3, 2, 2)
        assert clerk.get("/api/customers/ct003").json()["status"] == "blocked"
        assert clerk.get("/api/orders/SO-999999").status_code == 404
        wrong = clerk.post("/api/orders", json={"customer": "CT001", "price": 1})
        assert wrong.json()["problems"][0]["text"] == "Field price is not known."
        assert clerk.post("/api/orders", content=b"{").status_code == 422


def test_the_old_system_takes_nothing_while_frozen(demo: Pair) -> None:
    clerk = Desk(demo, "old", "clerk")
    number = number_in(clerk.order("CT001", 1))
    assert demo.admin("old", "/admin/freeze", attempt="r/FREEZE/1") == {
        "frozen": True,
        "changed": True,
    }
    try:
        state = demo.admin("old", "/admin/state")
        assert state["frozen"] is True
        assert state["open_sessions"] >= 1
        assert clerk.http.get(f"/ordview?orno={number}").status_code == 200
        for refused in (clerk.order("CT001", 1), clerk.press(number, "submit")):
            assert refused.status_code == 409
            assert alerts(refused) == say("en", "frozen")
        with demo.client("old", "clerk") as api:
            answer = api.post(f"/api/orders/{number}/submit", headers={"Accept-Language": "zh"})
        assert answer.status_code == 409
        assert answer.json()["problems"][0]["text"] == say("zh", "frozen")
        assert demo.admin("old", "/admin/freeze", attempt="r/FREEZE/2")["changed"] is False
    finally:
        demo.admin("old", "/admin/unfreeze", attempt="r/FREEZE/3")
    assert clerk.press(number, "submit").status_code == 200
    assert demo.effects("r/FREEZE/1") == ["old:freeze"]
    assert demo.effects("r/FREEZE/2") == ["old:freeze-again"]
    assert demo.effects("r/FREEZE/3") == ["old:unfreeze"]


def test_users_reach_the_system_the_gateway_is_switched_to(demo: Pair) -> None:
    with demo.client("gateway") as user:
        assert user.get("/route").content == b'{"to":"old"}'
        assert user.post("/admin/switch", json={"to": "new"}).status_code == 401
        assert user.get("/admin/state").status_code == 404
        first = user.get("/")
        assert first.status_code == 303
        assert first.headers["location"] == "/logon?next=/"
    via = Desk(demo, "old", "clerk", "zh", at="gateway")
    saved = via.order("CT001", 2, note="经网关 &=%")
    assert saved.headers["x-demo-route"] == "old"
    assert str(saved.url).startswith(demo.urls["gateway"])
    assert fact(saved, "摘要") == "经网关 &amp;=%"
    assert via.http.get("/res/old.css").headers["content-type"].startswith("text/css")

    switched = demo.admin("gateway", "/admin/switch", {"to": "new"}, attempt="r/SWITCH/1")
    assert switched == {"to": "new", "changed": True}
    try:
        with demo.client("gateway", lang="zh") as user:
            shut = user.get("/orders")
            assert (shut.status_code, shut.headers["retry-after"]) == (503, "300")
            assert say("zh", "closed_for_users") in shut.text
            assert say("en", "closed_for_users") in shut.text
            assert user.get("/api/orders").status_code == 503
        assert Desk(demo, "new", "clerk").order("CT001", 1).status_code == 200
        assert demo.admin("new", "/admin/open", attempt="r/OPEN/1")["changed"] is True
        assert demo.admin("new", "/admin/state")["open"] is True
        inside = Desk(demo, "new", "clerk", at="gateway").order("CT001", 1)
        assert number_in(inside).startswith("SO-")
        demo.admin("new", "/admin/close", attempt="r/OPEN/2")
    finally:
        demo.admin("gateway", "/admin/switch", {"to": "old"}, attempt="r/SWITCH/2")
    assert demo.effects("r/SWITCH/1") == ["gateway:switch-new"]
    assert demo.effects("r/OPEN/1") == ["new:open"]
    assert demo.effects("r/OPEN/2") == ["new:close"]
    assert demo.effects("r/SWITCH/2") == ["gateway:switch-old"]
    with demo.client("gateway", "admin") as admin:
        assert admin.post("/admin/switch", json={"to": "elsewhere"}).status_code == 422


def test_a_user_cannot_pose_as_a_direct_visitor(demo: Pair) -> None:
    demo.admin("gateway", "/admin/switch", {"to": "new"})
    try:
        with demo.client("gateway") as user:
            headers = {"X-Demo-Gateway": "", "Connection": "x-demo-gateway"}
            assert user.get("/orders", headers=headers).status_code == 503
    finally:
        demo.admin("gateway", "/admin/switch", {"to": "old"})


def test_a_crash_shows_and_is_survived(demo: Pair) -> None:
    demo.admin("gateway", "/admin/switch", {"to": "new"})
    try:
        assert pair.kill(demo.folder, "new")
        assert not pair.kill(demo.folder, "new")
        assert pair.watch(demo.folder, "new", until="down", timeout=10) is not None
        assert pair.watch(demo.folder, "new", until="up", timeout=0) is None
        with demo.client("gateway") as user:
            gone = user.get("/orders")
            assert gone.status_code == 502
            assert say("zh", "unreachable") in gone.text
        pair.kill(demo.folder, "gateway")
        pair.start(demo.folder, "gateway")
        with demo.client("gateway") as user:
            assert user.get("/route").json() == {"to": "new"}
        pair.start(demo.folder, "new")
        assert pair.watch(demo.folder, "new", until="up", timeout=10) is not None
    finally:
        pair.start(demo.folder, "new")
        pair.start(demo.folder, "gateway")
        demo.admin("gateway", "/admin/switch", {"to": "old"})


def test_health_is_about_the_database(demo: Pair) -> None:
    demo.tell("new", "ALTER TABLE sales_order RENAME TO hidden")
    try:
        with demo.client("new") as client:
            sick = client.get("/health")
            assert (sick.status_code, sick.json()["status"]) == (503, "failed")
    finally:
        demo.tell("new", "ALTER TABLE hidden RENAME TO sales_order")
    with demo.client("new") as client:
        assert client.get("/health").json() == {"status": "ok"}
        version = client.get("/version").json()
    assert (version["system"], version["site"]) == ("new", "site-a")
    assert re.fullmatch(r"[0-9a-f]{12}", version["build"])


@pytest.mark.parametrize("system", SYSTEMS)
def test_sign_in_and_out(demo: Pair, system: str) -> None:
    with demo.client(system, lang="zh") as visitor:
        path = {"old": "/logon", "new": "/sign-in"}[system]
        names = {"old": ("usid", "pswd"), "new": ("username", "password")}[system]
        wrong = visitor.post(path, data=dict(zip(names, ("clerk", "nonsense"), strict=True)))
        assert (wrong.status_code, alerts(wrong)) == (422, "用户名或密码错误。")
        outside = {**dict(zip(names, ("clerk", demo.password("clerk")), strict=True))}
        answer = visitor.post(path, data=outside | {"next": "//evil.example/"})
        assert answer.headers["location"].startswith("/ord")
        kept = visitor.cookies[f"demo_{system}_session"]
        visitor.post({"old": "/logoff", "new": "/sign-out"}[system])
        visitor.cookies.set(f"demo_{system}_session", kept)
        home = {"old": "/ordlist", "new": "/orders"}[system]
        assert visitor.get(home).status_code == 303
        body, _, seal = kept.partition(".")
        visitor.cookies.set(f"demo_{system}_session", f"{body}.{'0' * len(seal)}")
        assert visitor.get(home).status_code == 303


@pytest.mark.parametrize("system", SYSTEMS)
def test_language_is_asked_for_and_remembered(demo: Pair, system: str) -> None:
    desk = Desk(demo, system, "clerk", "zh-CN,zh;q=0.9,en;q=0.8")
    home = {"old": "/ordlist", "new": "/orders"}[system]
    assert '<html lang="zh-CN">' in desk.http.get(home).text
    assert '<html lang="en">' in desk.http.get(f"{home}?lang=en").text
    assert '<html lang="en">' in desk.http.get(home).text


PAGES = {
    "old": (
        *("/ordlist", "/ordnew", "/quote", "/custlist"),
        *("/itemlist", "/invlist", "/paylist", "/glbal"),
    ),
    "new": (
        "/orders",
        "/orders/new",
        "/quotation",
        "/customers",
        "/products",
        "/invoices",
        "/payments",
        "/ledger",
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_pages_are_built_for_everyone(demo: Pair, system: str) -> None:
    desk = Desk(demo, system, "admin", "zh")
    for path in PAGES[system]:
        text = desk.http.get(path).raise_for_status().text
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        typed = set(re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', text))
        assert typed == labelled, path
        assert text.count("<table") == text.count("<caption") + text.count('role="presentation"')
        assert not re.findall(r"<th>(?=.)(?!</th>|<label)", text), path
        assert len(re.findall(r"<h1", text)) == 1
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path


def test_details_of_the_generated_data_are_shown(demo: Pair) -> None:
    desk = Desk(demo, "old", "finance")
    for table, key, path in (
        ("cust", "cuno", "/custview"),
        ("item", "itno", "/itemview"),
        ("ordh", "orno", "/ordview"),
        ("arinv", "inno", "/invview"),
    ):
        for (code,) in demo.ask("old", f"SELECT {key} FROM {table}"):
            answer = desk.http.get(path, params={key: code})
            assert answer.status_code == 200, f"{path} {code!r}"


def test_the_page_about_words_tells_the_truth() -> None:
    text = (Path(generator.__file__).parent / "PAGES.md").read_text(encoding="utf-8")
    for lang in ("en", "zh"):
        for key in (
            *("sign_in", "new_order", "quantity", "delivery_date", "save", "create_invoice"),
            *("record_payment", "awaiting_approval", "approve", "frozen", "quantity_whole"),
            *("own_order", "closed_for_users", "unreachable", "date_past", "amount_invalid"),
        ):
            assert say(lang, key) in text, key


def test_the_journal_of_effects_is_json_lines(demo: Pair) -> None:
    lines = (demo.folder / "effects.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(set(json.loads(line)) == {"at", "system", "effect", "attempt"} for line in lines)
