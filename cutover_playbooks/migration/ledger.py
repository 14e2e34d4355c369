"""Turns the old journal into opening balances per account of the new chart, and checks them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from normal import amount, day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from findings import Findings
    from job import Row

RECEIVABLES = "1122"


def cleanse(postings: list[Row], maps: Mapping[str, Mapping[str, str]], findings: Findings) -> int:
    """Make one balance per new account and currency; give the number of old balances."""
    balances: Counter[tuple[str, str]] = Counter()
    for row in postings:
        cents = int(row["amnt"]) if row["dbcr"] == "D" else -int(row["amnt"])
        balances[row["acno"], row["curr"]] += cents
    new: Counter[tuple[str, str]] = Counter()
    for (account, currency), cents in sorted(balances.items()):
        target = maps["accounts"].get(account)
        if target is None:
            findings.reject("ledger_balances", f"{account}|{currency}", "account is not mapped")
            continue
        if (target, currency) in new:
            findings.merge("ledger_balances", f"{account}|{currency}")
        new[target, currency] += cents
    last = max((row["tjdt"] for row in postings), default="")
    for (account, currency), cents in sorted(new.items()):
        findings.load(
            "ledger_balances",
            {
                "account_code": account,
                "currency_code": currency,
                "balance": amount(cents),
                "as_of": day(last),
            },
        )
    return len(balances)


def faults(balances: list[Row], invoices: list[Row]) -> list[str]:
    """Say what keeps the cleansed balances from being loaded; empty when nothing does.

    Per currency the balances add up to 0, and receivables equal the open invoices.
    """
    found = []
    for currency in sorted({row["currency_code"] for row in balances}):
        own = {
            row["account_code"]: _cents(row["balance"])
            for row in balances
            if row["currency_code"] == currency
        }
        if sum(own.values()):
            found.append(f"{currency}: balances add up to {amount(sum(own.values()))}, not 0")
        open_cents = sum(
            _cents(row["total"]) - _cents(row["paid"])
            for row in invoices
            if row["currency_code"] == currency
        )
        if own.get(RECEIVABLES, 0) != open_cents:
            found.append(
                f"{currency}: account {RECEIVABLES} is {amount(own.get(RECEIVABLES, 0))}, "
                f"open invoices are {amount(open_cents)}"
            )
    return found


def _cents(text: str) -> int:
    return int(text.replace(".", ""))
