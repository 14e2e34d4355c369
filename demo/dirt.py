"""The old system's master data and what its clerks did to it: duplicates, gaps, odd codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo import vocabulary as words

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import date

Row = dict[str, Any]

_TAX_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_DUPLICATES = 0.03
_ABROAD = 0.1
_NAMELESS = "\u3000"  # an ideographic blank: looks filled, is not


def full_width(text: str) -> str:
    """Turn ASCII into its full-width form, as an input method left on does."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


_CODE_HABITS: tuple[Callable[[str], str], ...] = (
    str.lower,
    lambda code: f"{code}  ",
    full_width,
    lambda code: f"{code[0]}-{code[1:]}",
    lambda code: f" {code}",
)


def typed(rng: random.Random, code: str, *, always: bool = False) -> str:
    """Type a code the way a clerk may have: mostly as it should be."""
    if not always and rng.random() < 0.9:  # noqa: PLR2004
        return code
    return rng.choice(_CODE_HABITS)(code)


def may_order(customer: Row) -> bool:
    """Tell whether orders may be made for the customer: those the migration rejects have none."""
    return bool((customer["cnm1"] or "").strip()) and customer["ctry"] != "ZZ"


def customers(rng: random.Random, count: int, first_day: date) -> list[Row]:
    """Make `count` customers: clean ones, duplicates of them, clashes of code, and gaps."""
    doubles = max(3, int(count * _DUPLICATES))
    clashes = max(1, doubles // 20)
    rows = [_customer(rng, number, first_day) for number in range(1, count - doubles - clashes + 1)]
    _gaps(rng, rows)
    whole = [row for row in rows if may_order(row)]
    taken = {row["cuno"] for row in rows}
    number = len(rows)
    for original in rng.sample(whole, doubles):
        number += 1
        rows.append(_double(rng, original, f"C{number:05d}", taken))
    clean = [row for row in whole if row["cuno"] == row["cuno"].strip() and row["cuno"][0] == "C"]
    for other in rng.sample(clean, clashes):
        # A different company under what only looks like a different code.
        number += 1
        clash = _customer(rng, number, first_day) | {"cuno": other["cuno"].lower().replace("-", "")}
        if clash["cuno"] not in taken:
            rows.append(clash)
            taken.add(clash["cuno"])
    return rows


def _customer(rng: random.Random, number: int, first_day: date) -> Row:
    row = _abroad(rng, number) if rng.random() < _ABROAD else _chinese(rng, number)
    return row | {
        "cuno": typed(rng, f"C{number:05d}"),
        "crlm": rng.choice((0, 50_000_00, 100_000_00, 500_000_00)),
        "tel": f"{rng.randint(100, 999)}-{rng.randint(1000000, 9999999)}",
        "mail": f"order{number}@example.com",
        "stat": rng.choices("ABD", (94, 4, 2))[0],
        "crdt": first_day.strftime("%Y%m%d"),
        "note": rng.choice(words.NOTES) if rng.random() < 0.05 else None,  # noqa: PLR2004
    }


def _chinese(rng: random.Random, number: int) -> Row:
    city, city_en = rng.choice(words.CITIES)
    brand, brand_en = rng.choice(words.BRANDS)
    trade, trade_en = rng.choice(words.TRADES)
    tail = rng.choice(
        ("有限公司", "有限公司", "（集团）有限公司", "股份有限公司", "ＡＢＣ有限公司")
    )
    tax = f"91{rng.randint(110000, 659000)}{number:06d}{_letters(rng, 4)}"
    return {
        "cnm1": f"{city}{brand}{number}{trade}{tail}{rng.choice(('', '', ' '))}",
        "cnm2": f"{city_en} {brand_en} {trade_en} {number} Co., Ltd.",
        "adr1": f"{city}市人民路{rng.randint(1, 999)}号",
        "city": city,
        "ctry": rng.choice(words.COUNTRY_SPELLINGS["CN"]),
        "curr": rng.choice(words.CURRENCY_SPELLINGS["CNY"]),
        "taxn": None if rng.random() < 0.05 else tax,  # noqa: PLR2004
    }


def _abroad(rng: random.Random, number: int) -> Row:
    city, country = rng.choice(words.ABROAD)
    name = f"{rng.choice(words.FOREIGN_COMPANIES)} {number}"
    currency = "EUR" if country in {"DE", "FR"} else "USD"
    return {
        "cnm1": name,
        "cnm2": name if name.isascii() else None,
        "adr1": f"{rng.randint(1, 999)} Main Street",
        "city": city,
        "ctry": rng.choice(words.COUNTRY_SPELLINGS[country]),
        "curr": rng.choice(words.CURRENCY_SPELLINGS[currency]),
        "taxn": f"{country}{number:06d}{_letters(rng, 3)}",
    }


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(_TAX_LETTERS, k=count))


def _gaps(rng: random.Random, rows: list[Row]) -> None:
    """Take a name or a country away here and there; at least one of each kind."""
    share = max(1, len(rows) // 300)
    chosen = rng.sample(rows, share * 4)
    for at, row in enumerate(chosen):
        gap = at % 4
        if gap == 0:
            row["cnm1"] = rng.choice((None, "", _NAMELESS))
        elif gap == 1:
            row["ctry"] = "ZZ"
        elif gap == 2:  # noqa: PLR2004
            row["curr"] = None
        else:
            row["city"] = None


def _double(rng: random.Random, original: Row, fresh: str, taken: set[str]) -> Row:
    """Enter a customer again: under a new code or the same code typed another way."""
    code = fresh
    if rng.random() < 0.3:  # noqa: PLR2004
        free = [habit(original["cuno"].strip()) for habit in _CODE_HABITS]
        code = next((form for form in free if form not in taken), fresh)
    taken.add(code)
    name = original["cnm1"]
    double = original | {"cuno": code, "stat": "A", "crlm": 0}
    if original["taxn"] and rng.random() < 0.7:  # noqa: PLR2004
        # Same tax number, the name a little different.
        double["cnm1"] = rng.choice(
            (f"{name} ", full_width(name), name.replace("有限公司", "公司"))
        )
        double["taxn"] = rng.choice((original["taxn"], original["taxn"].lower()))
    else:
        # Tax number left out, the name with blanks, case or width different.
        double["cnm1"] = rng.choice((f" {name}", full_width(name), name.upper(), f"{name}\u3000"))
        double["taxn"] = None
    return double


def items(rng: random.Random, count: int) -> list[Row]:
    """Make `count` products; a few have no name at all and are obsolete."""
    rows = [_item(rng, number) for number in range(1, count + 1)]
    for row in rng.sample(rows, max(1, count // 800)):
        row.update(itnm=None, itn2=None, stat="O")
    return rows


def _item(rng: random.Random, number: int) -> Row:
    good, good_en = rng.choice(words.GOODS)
    grade = rng.choice(words.GRADES)
    return {
        "itno": typed(rng, f"P{number:05d}"),
        "itnm": f"{good} {grade}-{number}{rng.choice(('', '', '  '))}",
        "itn2": f"{good_en} {number}" if rng.random() < 0.9 else None,  # noqa: PLR2004
        "unit": rng.choice(words.UNIT_SPELLINGS) if rng.random() < 0.98 else None,  # noqa: PLR2004
        "igrp": rng.choice(words.GROUPS),
        "stat": rng.choices("AO", (97, 3))[0],
        "note": rng.choice(words.NOTES) if rng.random() < 0.03 else None,  # noqa: PLR2004
    }


def spoil_prices(rng: random.Random, prices: list[Row]) -> None:
    """Add prices entered twice (once as RMB) and prices of nothing, long over."""
    share = max(1, len(prices) // 1000)
    yuan = [row for row in prices if row["curr"] == "CNY"]
    prices.extend(row | {"curr": "RMB"} for row in rng.sample(yuan, share))
    prices.extend(
        row | {"dtfr": "20190101", "dtto": "20191231", "pric": 0} for row in rng.sample(yuan, share)
    )


def spoil_header(rng: random.Random, header: Row) -> None:
    """Leave a delivery date out, or put it before the order, once in a hundred orders."""
    fate = rng.random()
    if fate < 0.01:  # noqa: PLR2004
        header["dldt"] = "00000000"
    elif fate < 0.012:  # noqa: PLR2004
        header["dldt"] = "20200101"


def spoil_drafts(rng: random.Random, orders: list[Row], lines: list[Row]) -> None:
    """Break a few drafts beyond repair; nothing was invoiced or reserved for a draft."""
    drafts = [row for row in orders if row["stat"] == "D"]
    share = max(1, len(drafts) // 60)
    chosen = rng.sample(drafts, min(len(drafts), share * 4))
    line_of = {line["orno"]: line for line in lines}
    for at, order in enumerate(chosen):
        line = line_of[order["orno"]]
        fault = at % 4
        if fault == 0:
            order["cuno"] = f"C9{at:04d}"
        elif fault == 1:
            line["itno"] = f"P9{at:04d}"
        elif fault == 2:  # noqa: PLR2004
            order["tamt"] += 1
        else:
            order["tamt"] -= line["lamt"]
            line.update(qty=0, lamt=0)
