"""Where scenarios run: the target system, who may sign in, and whether it answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from golive.contracts import Environment, Target
from golive.errors import SetupError
from golive.project import Project, load_project
from golive.uat.labels import Labels, read_labels

__all__ = ["ACCOUNTS_FILE", "Account", "Site", "accounts_of", "ask_version", "load_site"]

#: Names a 0600 file ``{"<role>_password": "…"}`` that the engine hands passwords over in.
ACCOUNTS_FILE = "GOLIVE_ACCOUNTS_FILE"
_SUFFIX = "_password"
#: Seconds a target has to answer ``/version``.
_ANSWER_WITHIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who signs in as a role; the password is shown nowhere."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything the scenarios of one run share."""

    root: Path
    environment: Environment
    #: The target scenarios use unless a tag says another.
    target: Target
    accounts: Mapping[str, Account]
    #: Role -> users of it, each to be used by one scenario at a time.
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    #: Values scenarios may use as ``{name}``.
    data: Mapping[str, str] = field(default_factory=dict)
    #: ``en`` or ``zh``: the language of sentences that belong to no feature.
    language: str = "en"
    #: What the target answers as its build; empty when not asked or not told.
    build: str = ""

    def on(self, name: str) -> Site:
        """Return the same site on another target. Raise SetupError when there is none."""
        if name not in self.environment.targets:
            known = ", ".join(self.environment.targets) or "none"
            raise SetupError.of(
                f"target '{name}'",
                f"is not in environment '{self.environment.name}'",
                hint=f"known: {known}",
            )
        return replace(self, target=self.environment.targets[name])


def load_site(
    start: Path, *, target: str = "new", environment: str = "", language: str = ""
) -> Site:
    """Read the workspace's site. Raise SpecError or SetupError with what is missing."""
    project = load_project(start, environment=environment, language=language)
    resolved = project.resolve()
    site = Site(
        root=project.root,
        environment=resolved,
        target=Target(name=target),
        accounts=accounts_of(project, resolved),
        pools=_pools(project, resolved.name),
        labels=read_labels(project.root),
        language=project.language.value,
    )
    return site.on(target)


def _pools(project: Project, environment: str) -> Mapping[str, tuple[str, ...]]:
    table = project.raw_environment(environment).get("accounts", {})
    return {
        str(role): tuple(map(str, [users] if isinstance(users, str) else users))
        for role, users in table.items()
    }


def accounts_of(project: Project, environment: Environment) -> Mapping[str, Account]:
    """Return the accounts by role: secrets named ``<role>_password``, then the demo's own files."""
    found = dict(_handed_over())
    for secret in project.secret_refs(environment.name):
        role = secret.name.removesuffix(_SUFFIX)
        value = os.environ.get(secret.env, "") if secret.env else _read(project.root / secret.file)
        if secret.name.endswith(_SUFFIX) and value:
            found.setdefault(role, Account(user=role, password=value))
    if folder := environment.facts.get("demo_dir"):
        for path in sorted((Path(folder) / "secrets").glob(f"*{_SUFFIX}")):
            role = path.name.removesuffix(_SUFFIX)
            if value := _read(path):
                found.setdefault(role, Account(user=role, password=value))
    return found


def _handed_over() -> Iterator[tuple[str, Account]]:
    """Yield the accounts an engine hands over."""
    path = os.environ.get(ACCOUNTS_FILE)
    if path:
        for name, value in json.loads(_read(Path(path)) or "{}").items():
            role = str(name).removesuffix(_SUFFIX)
            yield role, Account(user=role, password=str(value))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def ask_version(target: Target) -> Mapping[str, str]:
    """Ask a target what it is. Raise SetupError when nobody answers.

    A system without ``/version`` answers with an empty mapping.
    """
    if not target.url:
        raise SetupError.of(f"target '{target.name}'", "has no address", hint="start it first")
    request = Request(f"{target.url}/version", headers={"Accept": "application/json"})  # noqa: S310 - the workspace's own address
    try:
        with urlopen(request, timeout=_ANSWER_WITHIN) as answer:  # noqa: S310 - as above
            data = json.loads(answer.read().decode("utf-8"))
    except HTTPError:
        return {}
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise SetupError.of(
            f"target '{target.name}'",
            f"nobody answers at {target.url}: {reason}",
            hint="start the target system, then run again",
        ) from error
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}
