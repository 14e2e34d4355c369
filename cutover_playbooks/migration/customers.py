"""Cleanses customers: duplicates become one, gaps are filled, codes become unique."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from normal import amount, code, day, name_key, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from findings import Findings
    from job import Row

_FILLED = ("cnm2", "adr1", "city", "ctry", "curr", "taxn", "tel", "mail")
_NUMBER = re.compile(r"C(\d+)")
_UNKNOWN_CITY = "未知"


def cleanse(
    rows: list[Row],
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> list[Row]:
    """Sort every old customer into loaded, merged, rejected; give the key map's rows."""
    keys: list[Row] = []
    usable = []
    for row in rows:
        reason = _reason_to_reject(row, maps)
        if reason:
            findings.reject("customers", row["cuno"], reason)
            keys.append({"old_code": row["cuno"], "new_code": "", "outcome": "rejected"})
        else:
            usable.append(row)
    groups = [_by_merit(group) for group in _same(usable)]
    codes = _new_codes([group[0] for group in groups])
    for group in groups:
        survivor, *others = group
        new_code = codes[survivor["cuno"]]
        if new_code != code(survivor["cuno"]):
            findings.repair(
                "customers", survivor["cuno"], "code", survivor["cuno"], new_code, "code taken"
            )
        findings.load("customers", _clean(survivor, others, new_code, maps, findings))
        keys.append({"old_code": survivor["cuno"], "new_code": new_code, "outcome": "loaded"})
        for other in others:
            findings.merge("customers", other["cuno"])
            keys.append({"old_code": other["cuno"], "new_code": new_code, "outcome": "merged"})
    return keys


def _reason_to_reject(row: Row, maps: Mapping[str, Mapping[str, str]]) -> str:
    if not text(row["cnm1"]):
        return "name is missing"
    if code(row["ctry"]) not in maps["countries"]:
        return f"country '{text(row['ctry'])}' is not known"
    return ""


def _same(rows: list[Row]) -> list[list[Row]]:
    """Group the rows that are one customer: by tax number, else by name."""
    by_tax: dict[str, list[Row]] = {}
    home: dict[str, list[Row]] = {}
    groups: list[list[Row]] = []
    for row in (row for row in rows if code(row["taxn"])):
        group = by_tax.setdefault(code(row["taxn"]), [])
        if not group:
            groups.append(group)
        group.append(row)
        home.setdefault(name_key(row["cnm1"]), group)
    for row in (row for row in rows if not code(row["taxn"])):
        known = home.get(name_key(row["cnm1"]))
        if known is None:
            known = home[name_key(row["cnm1"])] = []
            groups.append(known)
        known.append(row)
    return groups


def _by_merit(group: list[Row]) -> list[Row]:
    """Put the survivor first: a tax number, the fewest gaps, the lowest code."""
    return sorted(
        group,
        key=lambda row: (
            not code(row["taxn"]),
            sum(not text(row[name]) for name in _FILLED),
            code(row["cuno"]),
            row["cuno"] != code(row["cuno"]),
            row["cuno"],
        ),
    )


def _new_codes(survivors: list[Row]) -> dict[str, str]:
    """Give each survivor its own clean code; who had it clean before keeps it."""
    ordered = sorted(survivors, key=lambda row: (row["cuno"] != code(row["cuno"]), row["cuno"]))
    numbers = [_NUMBER.fullmatch(code(row["cuno"])) for row in survivors]
    highest = max((int(match[1]) for match in numbers if match), default=0)
    taken: set[str] = set()
    found: dict[str, str] = {}
    for row in ordered:
        wanted = code(row["cuno"])
        if wanted in taken:
            highest += 1
            wanted = f"C{highest:05d}"
        taken.add(wanted)
        found[row["cuno"]] = wanted
    return found


def _clean(
    survivor: Row,
    others: list[Row],
    new_code: str,
    maps: Mapping[str, Mapping[str, str]],
    findings: Findings,
) -> Row:
    row = {name: text(survivor[name]) for name in survivor} | {"cuno": survivor["cuno"]}
    for name in _FILLED:
        _fill(row, name, others, findings)
    if row["stat"] == "A" and any(other["stat"] == "B" for other in others):
        findings.repair("customers", row["cuno"], "stat", "A", "B", "a duplicate was blocked")
        row["stat"] = "B"
    for name, value in (("curr", "CNY"), ("city", _UNKNOWN_CITY)):
        if not row[name]:
            findings.repair("customers", row["cuno"], name, "", value, "was missing")
            row[name] = value
    return {
        "code": new_code,
        "legacy_code": survivor["cuno"],
        "name": row["cnm1"],
        "name_en": row["cnm2"],
        "address": row["adr1"],
        "city": row["city"],
        "country_code": maps["countries"][code(row["ctry"])],
        "currency_code": maps["currencies"][code(row["curr"])],
        "tax_number": code(row["taxn"]),
        "credit_limit": amount(row["crlm"]),
        "phone": row["tel"],
        "email": row["mail"],
        "status": maps["statuses"][f"customer {row['stat']}"],
        "created_on": day(row["crdt"]),
        "note": row["note"],
    }


def _fill(row: Row, name: str, others: list[Row], findings: Findings) -> None:
    if row[name]:
        return
    value = next((text(other[name]) for other in others if text(other[name])), "")
    if value:
        findings.repair("customers", row["cuno"], name, "", value, "taken from a duplicate")
        row[name] = value
