"""Cleanses products, their prices and their stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normal import amount, code, day, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from findings import Findings
    from job import Row

_NO_END = "9999"


def cleanse(
    rows: list[Row], maps: Mapping[str, Mapping[str, str]], findings: Findings
) -> list[Row]:
    """Sort every old product into loaded or rejected; give the key map's rows."""
    keys: list[Row] = []
    taken: set[str] = set()
    for row in rows:
        new_code, reason = code(row["itno"]), ""
        if not text(row["itnm"]):
            reason = "name is missing"
        elif code(row["unit"]) and code(row["unit"]) not in maps["units"]:
            reason = f"unit '{text(row['unit'])}' is not known"
        elif new_code in taken:
            reason = f"code '{new_code}' is already another product's"
        if reason:
            findings.reject("products", row["itno"], reason)
            keys.append({"old_code": row["itno"], "new_code": "", "outcome": "rejected"})
            continue
        taken.add(new_code)
        findings.load("products", _clean(row, new_code, maps, findings))
        keys.append({"old_code": row["itno"], "new_code": new_code, "outcome": "loaded"})
    return keys


def _clean(
    row: Row, new_code: str, maps: Mapping[str, Mapping[str, str]], findings: Findings
) -> Row:
    unit = code(row["unit"])
    if not unit:
        findings.repair("products", row["itno"], "unit", "", "EA", "was missing")
        unit = "EA"
    return {
        "code": new_code,
        "legacy_code": row["itno"],
        "name": text(row["itnm"]),
        "name_en": text(row["itn2"]),
        "unit": maps["units"][unit],
        "product_group": text(row["igrp"]),
        "status": maps["statuses"][f"product {row['stat']}"],
        "note": text(row["note"]),
    }


def cleanse_prices(
    rows: list[Row],
    products: Mapping[str, str],
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> None:
    """Sort every old price; `products` is old product code -> new code."""
    seen: dict[tuple[str, str, str], str] = {}
    for row in rows:
        key = f"{row['itno']}|{row['curr']}|{row['dtfr']}"
        product = products.get(row["itno"])
        since = day(row["dtfr"])
        if not product:
            findings.reject("prices", key, "product is not loaded")
        elif int(row["pric"]) <= 0:
            findings.reject("prices", key, "price is not above 0")
        elif since is None:
            findings.reject("prices", key, f"'{row['dtfr']}' is no date")
        else:
            currency = maps["currencies"][code(row["curr"])]
            period = (product, currency, since)
            if period not in seen:
                seen[period] = row["pric"]
                findings.load("prices", _price(product, currency, since, row))
            elif seen[period] == row["pric"]:
                findings.merge("prices", key)
            else:
                findings.reject("prices", key, "another price for the same period")


def _price(product: str, currency: str, since: str, row: Row) -> Row:
    return {
        "product_code": product,
        "currency_code": currency,
        "valid_from": since,
        "valid_to": None if row["dtto"].startswith(_NO_END) else day(row["dtto"]),
        "amount": amount(row["pric"]),
    }


def cleanse_stock(rows: list[Row], products: Mapping[str, str], findings: Findings) -> None:
    """Sort every old stock row; `products` is old product code -> new code."""
    for row in rows:
        product = products.get(row["itno"])
        if not product:
            findings.reject("stock", row["itno"], "product is not loaded")
            continue
        findings.load(
            "stock",
            {
                "product_code": product,
                "warehouse": code(row["whse"]),
                "on_hand": row["qtoh"],
                "allocated": row["qtal"],
            },
        )
