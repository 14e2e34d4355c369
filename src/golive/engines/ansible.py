"""Run one playbook as one task: what it needs, what came of it, and its end on the hosts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from golive.contracts import Args, Context
from golive.engines.ending_hosts import end_on_hosts
from golive.engines.playbooks import Playbook, read_playbook
from golive.engines.playing import job_of, play, printed_by
from golive.engines.plays import PlayWatch
from golive.errors import Problem
from golive.outcome import Metric, Outcome, Status, Subject
from golive.run.surroundings import private_folder

__all__ = ["AnsibleEngine"]

_KEYS = ("playbook", "vars", "secrets")
_ERROR = re.compile(r"^\[?(?:ERROR|FATAL)[\]!]?:?!?\s*(?P<text>.+)$", re.MULTILINE)


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
            code = play(
                path, context, private, variables=_variables(args, context),
                secrets=args.get("secrets") or (), hear=watch.event, marked=True,
            )  # fmt: skip
            printed = printed_by(private)
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
            doubt=watch.doubt(code) and not context.dry_run,
        )

    def end(self, args: Args, context: Context) -> Iterable[str]:
        """End on the hosts what the attempt began there; yield who does not prove it."""
        return end_on_hosts(context)


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


def _variables(args: Args, context: Context) -> dict[str, object]:
    """Return what every playbook may rely on, beside the task's own ``vars``."""
    return {
        **(args.get("vars") or {}),
        "golive_attempt_id": str(context.attempt),
        "golive_workspace": str(context.workspace),
        "golive_run": context.attempt.run,
        "golive_task": context.attempt.task,
        "golive_job": job_of(context.attempt),
        "golive_environment": context.environment.name,
        "golive_python": sys.executable,
        "golive_targets": {
            name: asdict(target) for name, target in context.environment.targets.items()
        },
        "golive_facts": dict(context.environment.facts),
        "golive_dry_run": context.dry_run,
    }


def _write_output(private: Path, printed: str, watch: PlayWatch) -> None:
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in watch.events)
    (private / "kept" / "ansible-output.txt").write_text(printed, encoding="utf-8")
    (private / "kept" / "ansible-events.jsonl").write_text(lines, encoding="utf-8")


def _error(printed: str) -> str:
    """Return Ansible's own first error line, or the last line it printed."""
    found = _ERROR.search(printed)
    lines = [line for line in printed.splitlines() if line.strip()]
    return found["text"].strip() if found else lines[-1].strip() if lines else ""
