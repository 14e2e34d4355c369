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
from golive.errors import SetupError, SpecError
from golive.settings import check_settings, line_of

__all__ = ["Project", "SecretRef", "Setting", "find_project", "load_project", "policy_lines"]


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
    problems = [*check_settings(table, text)]
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
        return Setting(value=str(table[key]), source=f"pyproject.toml:{line_of(text, key)}")
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
