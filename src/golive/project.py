"""Find the workspace and read ``[tool.golive]``: every setting knows where it came from.

Precedence: command line > environment variable ``GOLIVE_*`` > ``pyproject.toml`` > default.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from golive.contracts import Environment, Target
from golive.errors import Problem, SetupError, SpecError

__all__ = ["Project", "SecretRef", "Setting", "find_project", "load_project", "policy_lines"]

_ENVIRONMENT_KEYS = (
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
_TOP_KEYS = ("language", "environment", "environments", "policy", "evidence", "engines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value and its provenance, e.g. ``pyproject.toml:12`` or ``GOLIVE_LANG``."""

    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret's value is: an environment variable or a file only its owner may read."""

    name: str
    env: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The workspace: its root, its settings and its environments as written."""

    root: Path
    language: Setting
    environment: Setting
    #: The raw ``[tool.golive.environments]`` tables by name.
    environments: Mapping[str, Mapping[str, Any]]
    policy: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reports(self) -> Path:
        """The folder of the record."""
        return self.root / "reports"

    @property
    def runs(self) -> Path:
        """The folder with one folder for each run."""
        return self.root / "reports" / "runs"

    def settings(self) -> tuple[tuple[str, Setting], ...]:
        """Return the scalar settings with their provenance, for ``check --settings``."""
        return (("language", self.language), ("environment", self.environment))

    def raw_environment(self, name: str = "") -> Mapping[str, Any]:
        """Return one environment's table. Raise SpecError when there is none of that name."""
        wanted = name or self.environment.value
        if wanted not in self.environments:
            near = get_close_matches(wanted, self.environments, n=1)
            known = ", ".join(self.environments) or "none"
            raise SpecError.of(
                f"environment '{wanted}'",
                "is not in [tool.golive.environments]",
                path="pyproject.toml",
                hint=f"did you mean '{near[0]}'?" if near else f"known: {known}",
            )
        return self.environments[wanted]

    def resolve(self, name: str = "") -> Environment:
        """Return an environment with its targets, overlaid by its ``site_file`` where it has one.

        Raise SetupError when the site file is missing or is not JSON.
        """
        wanted = name or self.environment.value
        raw = self.raw_environment(wanted)
        targets = {key: dict(value) for key, value in raw.get("targets", {}).items()}
        facts = {key: str(value) for key, value in raw.get("facts", {}).items()}
        if "site_file" in raw:
            site = _read_site(self.root / raw["site_file"], str(raw["site_file"]))
            for key, value in site.get("targets", {}).items():
                targets.setdefault(key, {}).update(value)
            facts |= {key: str(value) for key, value in site.get("facts", {}).items()}
        for key in ("inventory", "vault"):
            if key in raw:
                facts.setdefault(key, str(raw[key]))
        return Environment(
            name=wanted,
            kind=str(raw.get("kind", "test")),
            targets={
                key: Target(
                    name=key,
                    url=str(value.get("url", "")).rstrip("/"),
                    database=str(value.get("database", "")),
                )
                for key, value in targets.items()
            },
            facts=facts,
        )

    def secret_refs(self, name: str = "") -> tuple[SecretRef, ...]:
        """Return where an environment's secrets are; their values are read only by a worker."""
        table = self.raw_environment(name).get("secrets", {})
        return tuple(
            SecretRef(name=key, env=str(value.get("env", "")), file=str(value.get("file", "")))
            for key, value in table.items()
        )


def _read_site(path: Path, shown: str) -> Mapping[str, Any]:
    try:
        site = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SetupError.of(
            "environment",
            f"its site file '{shown}' does not exist",
            hint="start the target systems first",
        ) from error
    except (OSError, ValueError) as error:
        raise SetupError.of("environment", f"its site file '{shown}' cannot be read") from error
    if not isinstance(site, dict):
        raise SetupError.of("environment", f"its site file '{shown}' is not a JSON object")
    return site


def find_project(start: Path) -> Path:
    """Return the nearest folder at or above ``start`` with a ``[tool.golive]``.

    Raise SpecError when there is none.
    """
    for folder in (start, *start.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file() and "[tool.golive" in candidate.read_text(
            encoding="utf-8", errors="replace"
        ):
            return folder
    raise SpecError.of(
        "workspace",
        f"no pyproject.toml with [tool.golive] at or above '{start}'",
        hint="go to the workspace's folder",
    )


def load_project(
    start: Path,
    *,
    environment: str = "",
    language: str = "",
    variables: Mapping[str, str] | None = None,
) -> Project:
    """Read the workspace at or above ``start``. Raise SpecError with every mistake in it."""
    root = find_project(start)
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text).get("tool", {}).get("golive", {})
    except tomllib.TOMLDecodeError as error:
        raise SpecError.of("", f"is not TOML: {error}", path="pyproject.toml") from error
    problems = [*_check(table, text)]
    if problems:
        raise SpecError(*problems)
    env = os.environ if variables is None else variables
    project = Project(
        root=root,
        language=_setting("language", "en", language, "GOLIVE_LANG", table, text, env),
        environment=_setting("environment", "demo", environment, "GOLIVE_ENV", table, text, env),
        environments=table.get("environments", {}),
        policy=table.get("policy", {}),
        evidence=table.get("evidence", {}),
    )
    if project.language.value not in {"en", "zh"}:
        raise SpecError.of(
            "language",
            f"'{project.language.value}' from {project.language.source} is unknown to golive",
            hint="use 'en' or 'zh'",
        )
    return project


def _setting(
    key: str,
    default: str,
    given: str,
    variable: str,
    table: Mapping[str, Any],
    text: str,
    env: Mapping[str, str],
) -> Setting:
    if given:
        return Setting(value=given, source="command line")
    if env.get(variable):
        return Setting(value=env[variable], source=variable)
    if key in table:
        return Setting(value=str(table[key]), source=f"pyproject.toml:{_line(text, key)}")
    return Setting(value=default, source="default")


def policy_lines(root: Path) -> dict[str, int]:
    """Return the line of ``pyproject.toml`` each key of ``[tool.golive.policy]`` stands on."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    lines = text.splitlines()
    inside = False
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("["):
            inside = line.strip().startswith("[tool.golive.policy")
        elif inside and (match := re.match(r"\s*\"?([\w-]+)\"?\s*[.=]", line)):
            found.setdefault(match[1], number)
    return found


def _line(text: str, key: str) -> int:
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


def _check(table: Any, text: str) -> list[Problem]:
    misshapen = _shapes({"golive": table}, "[tool.golive]", text, tables=("golive",))
    misshapen = misshapen or _shapes(table, "[tool.golive]", text)
    if misshapen:
        return misshapen
    problems = [
        _unknown(key, _TOP_KEYS, "[tool.golive]", text) for key in table if key not in _TOP_KEYS
    ]
    for name, raw in table.get("environments", {}).items():
        subject = f"environment '{name}'"
        misshapen = _shapes(raw, subject, text)
        if misshapen:
            problems += misshapen
            continue
        problems += [
            _unknown(key, _ENVIRONMENT_KEYS, subject, text)
            for key in raw
            if key not in _ENVIRONMENT_KEYS
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
                    line=_line(text, "fork"),
                    hint='write save = ["python", "-m", "copies", "save", "{name}"]',
                )
            )
        if raw.get("kind", "test") not in _KINDS:
            problems.append(
                Problem(
                    subject=subject,
                    message=f"kind '{raw['kind']}' is not known",
                    path="pyproject.toml",
                    line=_line(text, "kind"),
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
            line=_line(text, key), hint=f"write {shape} there",
        )
        for key, shape in wrong
    ]  # fmt: skip


def _unknown(key: str, known: tuple[str, ...], subject: str, text: str) -> Problem:
    near = get_close_matches(key, known, n=1)
    return Problem(
        subject=subject,
        message=f"unknown key '{key}'",
        path="pyproject.toml",
        line=_line(text, key),
        hint=f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}",
    )
