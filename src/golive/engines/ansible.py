"""Run one playbook as one task, through ansible-runner; the only importer of ansible_runner.

Secrets, and the password of a vault, reach Ansible by 0600 files in a private folder outside the
record, which is removed afterwards: on no command line, in no environment, in no artifact.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import ansible_runner

from golive.contracts import Args, AttemptId, Context
from golive.engines.playbooks import SECRETS, Playbook, read_playbook
from golive.engines.plays import PlayWatch
from golive.errors import Problem
from golive.outcome import Metric, Outcome, Status, Subject
from golive.run.surroundings import private_folder, program_environment

__all__ = ["AnsibleEngine"]

_KEYS = ("playbook", "vars", "secrets")
_ERROR = re.compile(r"^\[?(?:ERROR|FATAL)[\]!]?:?!?\s*(?P<text>.+)$", re.MULTILINE)
#: golive's own roles, behind the workspace's: ``golive_long`` for long work on a target host.
_ROLES = Path(__file__).parent / "roles"
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class AnsibleEngine:
    """Args: ``playbook`` (path in the workspace), ``vars`` (a mapping), ``secrets`` (names)."""

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell whether the playbook, what it names, the inventory and the secrets are there."""
        problems = list(_check_args(args, context))
        path = _playbook(args, context)
        if path is not None and path.is_file():
            playbook = read_playbook(path, context.workspace)
            problems += playbook.problems
            problems += playbook.loose_secrets(args.get("secrets") or ())
        return problems

    def run(self, args: Args, context: Context) -> Outcome:
        """Run the playbook: a failed ansible task is ``failed``, anything unclear ``broken``."""
        started, began = datetime.now(UTC), monotonic()
        problems = [problem for problem in _check_args(args, context) if not problem.warning]
        path = _playbook(args, context)
        if problems or path is None:
            return _outcome(Status.BROKEN, "; ".join(map(str, problems)), started, context)
        playbook = read_playbook(path, context.workspace)
        watch = PlayWatch(say=context.say, language=context.language)
        with private_folder() as private:
            code = _play(args, context, path, private, watch)
            printed = _printed(private)
            _write_output(private, printed, watch)
            evidence = tuple(
                context.keep(private / "kept" / name, name=name, media_type=kind)
                for name, kind in (
                    ("ansible-output.txt", "text/plain"),
                    ("ansible-events.jsonl", "application/jsonl"),
                )
            )
        status, summary = watch.verdict(code, _error(printed), dry_run=context.dry_run)
        return Outcome(
            status=status,
            summary=summary,
            started=started,
            ended=datetime.now(UTC),
            metrics=(*watch.metrics(), _seconds(began)),
            evidence=evidence,
            subject=_subject(context, playbook),
        )


def _seconds(began: float) -> Metric:
    return Metric(name="duration", value=round(monotonic() - began, 3), unit="s")


def _subject(context: Context, playbook: Playbook | None = None) -> Subject:
    return Subject(
        environment=context.environment.name,
        site=context.environment.facts.get("site", ""),
        digest=playbook.digest() if playbook is not None else "",
    )


def _outcome(status: Status, summary: str, started: datetime, context: Context) -> Outcome:
    return Outcome(
        status=status,
        summary=summary,
        started=started,
        ended=datetime.now(UTC),
        subject=_subject(context),
    )


def _playbook(args: Args, context: Context) -> Path | None:
    """Return the playbook's path, ``None`` when it is not given or leaves the workspace."""
    name = args.get("playbook")
    if not isinstance(name, str) or not name:
        return None
    path = context.workspace / name
    inside = path.resolve().is_relative_to(context.workspace.resolve())
    return path if inside else None


def _check_args(args: Args, context: Context) -> Iterator[Problem]:
    for key in args:
        if key not in _KEYS:
            yield Problem(subject=f"key '{key}'", message="is unknown", hint=f"use {_KEYS}")
    path = _playbook(args, context)
    name = args.get("playbook", "")
    if path is None:
        yield Problem(
            subject=f"playbook '{name}'",
            message="is no file of this workspace",
            hint="name a file such as cutover_playbooks/playbooks/freeze.yml",
        )
    elif not path.is_file():
        yield Problem(subject="playbook", message="there is no such file", path=str(name))
    yield from _check_inventory(context)
    yield from _check_variables(args.get("vars") or {})
    yield from _check_secrets(args.get("secrets") or (), context)
    if vault := context.environment.facts.get("vault", ""):
        yield from _check_secrets((vault,), context)


def _check_inventory(context: Context) -> Iterator[Problem]:
    inventory = context.environment.facts.get("inventory", "")
    if inventory and not (context.workspace / inventory).exists():
        yield Problem(
            subject=f"environment '{context.environment.name}'",
            message=f"its inventory '{inventory}' does not exist",
            path=inventory,
        )


def _check_variables(variables: Any) -> Iterator[Problem]:
    if not isinstance(variables, Mapping):
        yield Problem(subject="'vars'", message="is not a mapping")
        return
    for name in variables:
        if str(name).startswith("golive_"):
            yield Problem(
                subject=f"variable '{name}'",
                message="begins with 'golive_', which golive sets itself",
                hint="rename it",
            )


def _check_secrets(secrets: Any, context: Context) -> Iterator[Problem]:
    if isinstance(secrets, str) or not all(isinstance(name, str) for name in secrets):
        yield Problem(subject="'secrets'", message="is not a list of names")
        return
    for name in secrets:
        if not context.secrets.get(name):
            known = ", ".join(sorted(context.secrets)) or "none"
            yield Problem(
                subject=f"secret '{name}'",
                message=f"has no value in environment '{context.environment.name}'",
                hint=f"known: {known}; see [tool.golive.environments]",
            )


def _play(args: Args, context: Context, path: Path, private: Path, watch: PlayWatch) -> int:
    """Run ansible-playbook to its end; return its exit code."""
    for name in ("env", "tmp", "kept"):
        (private / name).mkdir(mode=0o700)
    _write_private(private / "vars.json", json.dumps(_variables(args, context)))
    _write_private(private / "secrets.yml", _secrets_text(args, context))
    # Named when the workspace has none, so that no file of the user or machine is read.
    _write_private(private / "ansible.cfg", "[defaults]\n")
    # ansible-runner forgets `settings` given as an argument when told to write no other files.
    _write_private(private / "env" / "settings", json.dumps({"pexpect_timeout": 0.2}))
    options = ["-e", f"@{private / 'vars.json'}", "-e", f"@{private / 'secrets.yml'}"]
    if vault := context.environment.facts.get("vault", ""):
        _write_private(private / "vault-password", context.secrets[vault])
        options += ["--vault-password-file", str(private / "vault-password")]
    if context.dry_run:
        options.append("--check")
    inventory = context.environment.facts.get("inventory", "")
    environment = _environment(context, private)
    with _only(environment):
        runner = ansible_runner.run(
            private_data_dir=str(private),
            project_dir=str(context.workspace),
            playbook=str(path),
            inventory=str(context.workspace / inventory) if inventory else "localhost,",
            cmdline=shlex.join(options),
            event_handler=watch.event,
            suppress_env_files=True,
            quiet=True,
            ident="play",
        )
    return int(runner.rc)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _variables(args: Args, context: Context) -> dict[str, object]:
    """Return what every playbook may rely on, beside the task's own ``vars``."""
    return {
        **(args.get("vars") or {}),
        "golive_attempt_id": str(context.attempt),
        "golive_workspace": str(context.workspace),
        "golive_run": context.attempt.run,
        "golive_task": context.attempt.task,
        "golive_job": _job(context.attempt),
        "golive_environment": context.environment.name,
        "golive_python": sys.executable,
        "golive_targets": {
            name: asdict(target) for name, target in context.environment.targets.items()
        },
        "golive_facts": dict(context.environment.facts),
        "golive_dry_run": context.dry_run,
    }


def _job(attempt: AttemptId) -> str:
    """Name the work of an attempt, the same for the next one while its end is in doubt."""
    return f"{attempt.run}/{attempt.task}/{attempt.job or attempt.number}"


def _secrets_text(args: Args, context: Context) -> str:
    """Write the secrets as YAML that Ansible takes literally, even when one holds ``{{``."""
    names = args.get("secrets") or ()
    lines = [f"  {_quoted(name)}: !unsafe {_quoted(context.secrets[name])}" for name in names]
    return "\n".join([f"{SECRETS}:", *lines]) + "\n" if lines else f"{SECRETS}: {{}}\n"


def _quoted(text: str) -> str:
    """Quote for YAML: everything but plain ASCII is escaped, so no reader can fold or lose it."""
    plain = (
        char if " " <= char <= "~" and char not in '"\\' else f"\\U{ord(char):08x}" for char in text
    )
    return f'"{"".join(plain)}"'


def _environment(context: Context, private: Path) -> dict[str, str]:
    """Return the whole environment of ansible-playbook."""
    home = context.workspace / "cutover_playbooks"
    config = home / "ansible.cfg"
    collections = (home / "collections", Path.home() / ".ansible/collections")
    return {
        **program_environment(context.secrets.values()),
        # Ansible refuses to start without UTF-8.
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(config if config.is_file() else private / "ansible.cfg"),
        "ANSIBLE_ROLES_PATH": f"{home / 'roles'}:{_ROLES}",
        "ANSIBLE_COLLECTIONS_PATH": ":".join(map(str, collections)),
        "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        # Modules go to Python by its standard input: no copy with arguments on disk.
        "ANSIBLE_PIPELINING": "True",
        # Discovery tries whatever `python3` is first in the path; an inventory may say otherwise.
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Make ``environment`` the whole of ``os.environ``, all of which ansible-runner passes on."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _printed(private: Path) -> str:
    """Return what ansible-playbook printed, without colours."""
    path = private / "artifacts" / "play" / "stdout"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return _COLOUR.sub("", text).replace("\r\n", "\n")


def _write_output(private: Path, printed: str, watch: PlayWatch) -> None:
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in watch.events)
    (private / "kept" / "ansible-output.txt").write_text(printed, encoding="utf-8")
    (private / "kept" / "ansible-events.jsonl").write_text(lines, encoding="utf-8")


def _error(printed: str) -> str:
    """Return Ansible's own first error line, or the last line it printed."""
    found = _ERROR.search(printed)
    lines = [line for line in printed.splitlines() if line.strip()]
    return found["text"].strip() if found else lines[-1].strip() if lines else ""
