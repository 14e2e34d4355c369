"""Run one program as one task: an argument list, no shell, judged by its exit code alone."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import select
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from golive.contracts import Args, Context
from golive.errors import Problem
from golive.outcome import Evidence, Metric, Outcome, Status, Subject
from golive.run.surroundings import private_folder, program_environment

__all__ = ["CommandEngine"]

_KEYS = ("argv", "env", "secret_env", "expect_rc")
#: Milliseconds between two looks at a running program's output.
_LOOK = 100


class CommandEngine:
    """Args: ``argv``, ``env``, ``secret_env`` (variable: secret name), ``expect_rc`` (0)."""

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell what is wrong with the arguments, without looking for the program."""
        return tuple(_problems(args, context))

    def run(self, args: Args, context: Context) -> Outcome:
        """Run the program in the workspace; in a dry run do nothing, which proves nothing."""
        started = datetime.now(UTC)
        problems = tuple(_problems(args, context))
        if problems:
            return _outcome(Status.BROKEN, "; ".join(map(str, problems)), started, args, context)
        argv = tuple(args["argv"])
        zh = context.language == "zh"
        if context.dry_run:
            text = f"试运行：未执行 '{argv[0]}'" if zh else f"dry run: '{argv[0]}' was not run"
            return _outcome(Status.SKIPPED, text, started, args, context)
        environment = {
            **program_environment(context.secrets.values()),
            "GOLIVE_ATTEMPT": str(context.attempt),
            **(args.get("env") or {}),
            **{
                variable: context.secrets[name]
                for variable, name in (args.get("secret_env") or {}).items()
            },
        }
        began = monotonic()
        with private_folder() as private:
            try:
                code = _run(argv, environment, context, private)
            except OSError as error:
                text = f"'{argv[0]}' cannot be started: {error.strerror}"
                text = f"无法启动 '{argv[0]}'：{error.strerror}" if zh else text
                return _outcome(Status.BROKEN, text, started, args, context)
            seconds = monotonic() - began
            kept = tuple(_keep(private, context))
        status, text = _verdict(argv[0], code, args.get("expect_rc", 0), zh=zh)
        metrics = (
            Metric(name="exit_code", value=float(code), unit="1"),
            Metric(name="duration", value=round(seconds, 3), unit="s"),
        )
        return _outcome(status, text, started, args, context, metrics=metrics, kept=kept)


def _problems(args: Args, context: Context) -> Iterator[Problem]:
    for key in args:
        if key not in _KEYS:
            yield Problem(
                subject=f"key '{key}'", message="is unknown", hint=f"use {', '.join(_KEYS)}"
            )
    argv = args.get("argv")
    if not isinstance(argv, list | tuple) or not argv or not _all_texts(argv) or not argv[0]:
        yield Problem(
            subject="'argv'",
            message="is not a list of texts with the program first",
            hint='write for example ["python", "-m", "demo", "status"]',
        )
    expected = args.get("expect_rc", 0)
    if isinstance(expected, bool) or not isinstance(expected, int):
        yield Problem(subject="'expect_rc'", message="is not a whole number")
    for key in ("env", "secret_env"):
        table = args.get(key) or {}
        if not isinstance(table, Mapping) or not _all_texts([*table, *table.values()]):
            yield Problem(subject=f"'{key}'", message="is not a mapping of texts")
    yield from _secret_problems(args, context)


def _all_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) and "\0" not in value for value in values)


def _secret_problems(args: Args, context: Context) -> Iterator[Problem]:
    table = args.get("secret_env") or {}
    for name in table.values() if isinstance(table, Mapping) else ():
        if not context.secrets.get(str(name)):
            known = ", ".join(sorted(context.secrets)) or "none"
            yield Problem(
                subject=f"secret '{name}'",
                message=f"has no value in environment '{context.environment.name}'",
                hint=f"known: {known}; see [tool.golive.environments]",
            )


def _run(
    argv: tuple[str, ...], environment: Mapping[str, str], context: Context, private: Path
) -> int:
    """Run the program to its end, saying its lines as they come; return its exit code.

    Its output goes to files, not pipes: a daemon it leaves behind then holds nothing up.
    """
    with (private / "stdout.txt").open("wb") as out, (private / "stderr.txt").open("wb") as err:
        program = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=context.workspace,
            env=dict(environment),
        )
    tails = [_Tail(private / "stdout.txt", context.say), _Tail(private / "stderr.txt", context.say)]
    descriptor = os.pidfd_open(program.pid)
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    try:
        while not poller.poll(_LOOK):
            for tail in tails:
                tail.read()
    finally:
        os.close(descriptor)
    code = program.wait()
    for tail in tails:
        tail.read(last=True)
    return code


class _Tail:
    """Says a growing file's whole lines, each once."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self._offset = 0
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._rest = ""

    def read(self, *, last: bool = False) -> None:
        """Say what was added; with ``last`` an unfinished line too."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        self._offset += len(new)
        *lines, self._rest = (self._rest + self._decode(new, last)).split("\n")
        for line in lines:
            self._say(line.rstrip("\r"))
        if last and self._rest:
            self._say(self._rest)


def _keep(private: Path, context: Context) -> Iterator[Evidence]:
    for name in ("stdout.txt", "stderr.txt"):
        if (private / name).stat().st_size:
            yield context.keep(private / name, name=name, media_type="text/plain")


def _verdict(program: str, code: int, expected: int, *, zh: bool) -> tuple[Status, str]:
    if code == expected:
        text = f"'{program}' 以退出码 {code} 结束，符合预期"
        return Status.PASSED, text if zh else f"'{program}' ended with exit code {code} as expected"
    if code < 0:
        text = f"'{program}' 被信号 {-code} 终止"
        return Status.BROKEN, text if zh else f"'{program}' was ended by signal {-code}"
    text = f"'{program}' 以退出码 {code} 结束，预期为 {expected}"
    return Status.FAILED, text if zh else (
        f"'{program}' ended with exit code {code}, expected {expected}"
    )


def _outcome(
    status: Status,
    summary: str,
    started: datetime,
    args: Args,
    context: Context,
    *,
    metrics: tuple[Metric, ...] = (),
    kept: tuple[Evidence, ...] = (),
) -> Outcome:
    return Outcome(
        status=status,
        summary=summary,
        started=started,
        ended=datetime.now(UTC),
        metrics=metrics,
        evidence=kept,
        subject=Subject(
            environment=context.environment.name,
            site=context.environment.facts.get("site", ""),
            digest=_digest(args, context.workspace),
        ),
    )


def _digest(args: Args, workspace: Path) -> str:
    """Return the SHA-256 over the arguments and every workspace file they name."""
    total = hashlib.sha256(json.dumps(args, sort_keys=True, default=dict).encode())
    argv = args.get("argv")
    for word in argv if isinstance(argv, list | tuple) else ():
        try:
            total.update(hashlib.sha256((workspace / str(word)).read_bytes()).digest())
        except (OSError, ValueError):
            continue
    return total.hexdigest()
