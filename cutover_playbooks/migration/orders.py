"""Cleanses orders with their lines, and the invoices and payments that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normal import amount, code, day, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from findings import Findings
    from job import Row


def cleanse(
    headers: list[Row],
    lines: list[Row],
    customers: Mapping[str, str],
    products: Mapping[str, str],
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> list[Row]:
    """Sort every old order and line; `customers`, `products`: old code -> new code."""
    keys: list[Row] = []
    lines_of: dict[str, list[Row]] = {row["orno"]: [] for row in headers}
    for line in lines:
        if line["orno"] in lines_of:
            lines_of[line["orno"]].append(line)
        else:
            findings.reject("order_lines", _line_key(line), "its order does not exist")
    for row in headers:
        own = lines_of[row["orno"]]
        reason = _reason_to_reject(row, own, customers, products)
        number = "" if reason else f"SO-{int(row['orno']):06d}"
        outcome = "rejected" if reason else "loaded"
        keys.append({"old_code": row["orno"], "new_code": number, "outcome": outcome})
        if reason:
            findings.reject("orders", row["orno"], reason)
            for line in own:
                findings.reject("order_lines", _line_key(line), "its order is rejected")
            continue
        findings.load("orders", _order(row, number, customers, maps, findings))
        for line in own:
            findings.load("order_lines", _line(line, number, products))
    return keys


def _reason_to_reject(
    row: Row, lines: list[Row], customers: Mapping[str, str], products: Mapping[str, str]
) -> str:
    if not customers.get(row["cuno"]):
        return f"customer '{row['cuno']}' is not loaded"
    for line in lines:
        if not products.get(line["itno"]):
            return f"product '{line['itno']}' is not loaded"
        if int(line["qty"]) <= 0:
            return f"quantity of line {line['lino']} is not above 0"
    if sum(int(line["lamt"]) for line in lines) != int(row["tamt"]):
        return "total is not the sum of its lines"
    return ""


def _line_key(line: Row) -> str:
    return f"{line['orno']}/{line['lino']}"


def _order(
    row: Row,
    number: str,
    customers: Mapping[str, str],
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> Row:
    ordered = day(row["ordt"]) or ""
    delivery = day(row["dldt"])
    if delivery is None or delivery < ordered:
        rule = "was missing" if delivery is None else "was before the order"
        findings.repair("orders", row["orno"], "dldt", row["dldt"], ordered, rule)
        delivery = ordered
    return {
        "number": number,
        "legacy_code": row["orno"],
        "customer_code": customers[row["cuno"]],
        "order_date": ordered,
        "delivery_date": delivery,
        "currency_code": maps["currencies"][code(row["curr"])],
        "total": amount(row["tamt"]),
        "status": maps["statuses"][f"order {row['stat']}"],
        "created_by": text(row["usrc"]).lower(),
        "decided_by": text(row["usra"]).lower(),
        "decided_on": day(row["apdt"]),
        "note": text(row["note"]),
    }


def _line(line: Row, number: str, products: Mapping[str, str]) -> Row:
    return {
        "order_number": number,
        "line_no": line["lino"],
        "product_code": products[line["itno"]],
        "quantity": line["qty"],
        "unit_price": amount(line["pric"]),
        "line_total": amount(line["lamt"]),
    }


def cleanse_invoices(
    rows: list[Row],
    orders: Mapping[str, str],
    customers: Mapping[str, str],
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> dict[str, str]:
    """Sort every old invoice; give old invoice number -> new number of the loaded ones."""
    numbers: dict[str, str] = {}
    for row in rows:
        order = orders.get(row["orno"])
        if not order or not customers.get(row["cuno"]):
            findings.reject("invoices", row["inno"], "its order or customer is not loaded")
            continue
        number = numbers[row["inno"]] = f"INV-{int(row['inno']):06d}"
        findings.load(
            "invoices",
            {
                "number": number,
                "legacy_code": row["inno"],
                "order_number": order,
                "customer_code": customers[row["cuno"]],
                "invoice_date": day(row["indt"]),
                "due_date": day(row["dudt"]),
                "currency_code": maps["currencies"][code(row["curr"])],
                "total": amount(row["iamt"]),
                "paid": amount(row["pamt"]),
                "status": maps["statuses"][f"invoice {row['stat']}"],
            },
        )
    return numbers


def cleanse_payments(
    rows: list[Row],
    invoices: Mapping[str, str],
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> None:
    """Sort every old payment; `invoices`: old invoice number -> new number."""
    for row in rows:
        invoice = invoices.get(row["inno"])
        if not invoice:
            findings.reject("payments", row["pyno"], "its invoice is not loaded")
            continue
        findings.load(
            "payments",
            {
                "number": f"PAY-{int(row['pyno']):06d}",
                "legacy_code": row["pyno"],
                "invoice_number": invoice,
                "payment_date": day(row["pydt"]),
                "currency_code": maps["currencies"][code(row["curr"])],
                "amount": amount(row["pamt"]),
                "reference": text(row["refn"]),
            },
        )
