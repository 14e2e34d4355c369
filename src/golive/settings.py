"""Check the table ``[tool.golive]``: its keys, their shapes, and the line each stands on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from golive.errors import Problem

__all__ = ["ENVIRONMENT_KEYS", "TOP_KEYS", "check_settings", "line_of"]

ENVIRONMENT_KEYS = (
    "kind",
    "inventory",
    "vault",
    "site_file",
    "targets",
    "fingerprint",
    "secrets",
    "facts",
    "operators",
    "sites",
    "fork",
    "accounts",
)
#: Keys that hold a table, those of them that hold tables only, and keys that hold a text.
_TABLES = (
    "environments", "policy", "evidence", "targets", "fingerprint", "secrets", "facts", "sites",
    "fork", "accounts",
)  # fmt: skip
_OF_TABLES = ("environments", "targets", "secrets")
_TEXTS = ("kind", "inventory", "vault", "site_file")
_KINDS = ("demo", "test", "rehearsal", "live")
TOP_KEYS = ("language", "environment", "environments", "policy", "evidence", "engines")


def check_settings(table: Any, text: str) -> list[Problem]:
    """Return what is wrong with the table; ``text`` is the file's, for the lines."""
    misshapen = _shapes({"golive": table}, "[tool.golive]", text, tables=("golive",))
    misshapen = misshapen or _shapes(table, "[tool.golive]", text)
    if misshapen:
        return misshapen
    problems = [
        _unknown(key, TOP_KEYS, "[tool.golive]", text) for key in table if key not in TOP_KEYS
    ]
    for name, raw in table.get("environments", {}).items():
        subject = f"environment '{name}'"
        misshapen = _shapes(raw, subject, text)
        if misshapen:
            problems += misshapen
            continue
        problems += [
            _unknown(key, ENVIRONMENT_KEYS, subject, text)
            for key in raw
            if key not in ENVIRONMENT_KEYS
        ]
        fork = raw.get("fork", {})
        if (
            isinstance(fork, dict)
            and fork
            and not all(
                isinstance(fork.get(key), list) and fork[key] for key in ("save", "restore")
            )
        ):
            problems.append(
                Problem(
                    subject=subject,
                    message="'fork' needs 'save' and 'restore', each a list of words",
                    path="pyproject.toml",
                    line=line_of(text, "fork"),
                    hint='write save = ["python", "-m", "copies", "save", "{name}"]',
                )
            )
        if raw.get("kind", "test") not in _KINDS:
            problems.append(
                Problem(
                    subject=subject,
                    message=f"kind '{raw['kind']}' is not known",
                    path="pyproject.toml",
                    line=line_of(text, "kind"),
                    hint=f"use one of {', '.join(_KINDS)}",
                )
            )
    return problems


def _shapes(
    table: Mapping[str, Any], subject: str, text: str, tables: tuple[str, ...] = _TABLES
) -> list[Problem]:
    """Return the keys whose values are of another shape than they must be."""
    wrong = [
        (key, "a table")
        for key, value in table.items()
        if key in tables and not isinstance(value, dict)
    ]
    wrong += [(key, "a text") for key in _TEXTS if not isinstance(table.get(key, ""), str)]
    wrong += [
        (inner, "a table")
        for key in _OF_TABLES
        if isinstance(table.get(key), dict)
        for inner, value in table[key].items()
        if not isinstance(value, dict)
    ]
    return [
        Problem(
            subject=subject, message=f"'{key}' is not {shape}", path="pyproject.toml",
            line=line_of(text, key), hint=f"write {shape} there",
        )
        for key, shape in wrong
    ]  # fmt: skip


def _unknown(key: str, known: tuple[str, ...], subject: str, text: str) -> Problem:
    near = get_close_matches(key, known, n=1)
    return Problem(
        subject=subject,
        message=f"unknown key '{key}'",
        path="pyproject.toml",
        line=line_of(text, key),
        hint=f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}",
    )


def line_of(text: str, key: str) -> int:
    """Return the line a key of ``[tool.golive...]`` stands on, 1 when it cannot be told."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            inside = line.lstrip().startswith("[tool.golive")
            if inside and re.search(rf"[.\"]{re.escape(key)}[\].\"]", line):
                return number
        elif inside and re.match(rf"\s*\"?{re.escape(key)}\"?\s*[.=]", line):
            return number
    return 1
