"""Run scenarios as one task: pytest in a process of its own, its record read closed-world."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from golive.browser import BROWSER_URL, find_browser
from golive.contracts import Args, Context
from golive.engines.uat_verdict import verdict
from golive.errors import GoliveError, Problem
from golive.outcome import Evidence, Metric, Outcome, Status, Subject
from golive.run.surroundings import private_folder, program_environment
from golive.uat.behave.reading import Case, FeatureCases, read_case_files
from golive.uat.behave.runner import find_gaps
from golive.uat.behave.selecting import Selection, select_cases
from golive.uat.results import (
    Result,
    Results,
    close_world,
    counts,
    read_results,
)
from golive.uat.site import ACCOUNTS_FILE
from golive.uat.traces import RESTRICTED
from golive.uat.wording import say

__all__ = ["UatEngine", "scenario_digest"]

_KEYS = ("select", "features", "target", "workers", "wait")


class UatEngine:
    """Args: ``select`` (tag expression), ``features`` (folder), ``target``, ``workers``, ``wait``.

    ``wait`` is how many minutes to wait for each answer of a person.
    """

    def check(self, args: Args, context: Context) -> Iterable[Problem]:
        """Tell what is wrong with the arguments and the features they select."""
        wrong = tuple(_argument_problems(args, context))
        if wrong:
            return wrong
        files = _read(args, context)
        problems = [problem for file in files for problem in file.problems]
        try:
            cases = select_cases(files, Selection(_select(args), context.language))
            problems += find_gaps(context.workspace, cases)
        except GoliveError as error:
            return (*problems, *error.problems)
        if not cases and not problems:
            problems.append(_none_selected(args, context))
        if not os.environ.get(BROWSER_URL) and find_browser() is None:
            problems.append(_no_browser(context))
        return tuple(problems)

    def run(self, args: Args, context: Context) -> Outcome:
        """Run the selected scenarios; nothing but every one of them passed is passed."""
        started = datetime.now(UTC)
        work = _Work(args, context, started)
        try:
            files = _read(args, context)
            cases = select_cases(files, Selection(_select(args), context.language))
        except GoliveError as error:
            return work.ended(Status.BROKEN, str(error.problems[0]))
        problems = [*_argument_problems(args, context), *(p for f in files for p in f.problems)]
        if problems:
            return work.ended(Status.BROKEN, str(problems[0]))
        if not cases:
            return work.ended(Status.BROKEN, str(_none_selected(args, context)))
        if context.dry_run:
            text = say(
                context.language,
                f"dry run: {len(cases)} scenarios were not run",
                f"试运行：未执行 {len(cases)} 个场景",
            )
            return work.ended(Status.SKIPPED, text)
        code = work.pytest()
        return work.judged(cases, code)


def _argument_problems(args: Args, context: Context) -> Iterator[Problem]:
    for key in args:
        if key not in _KEYS:
            hint = f"use {', '.join(_KEYS)}"
            yield Problem(subject=f"key '{key}'", message="is unknown", hint=hint)
    for key in ("select", "features", "target"):
        if not isinstance(args.get(key, ""), str):
            yield Problem(subject=f"'{key}'", message="is not a text")
    for key in ("workers", "wait"):
        number = args.get(key, 0)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            yield Problem(subject=f"'{key}'", message="is not a whole number")
    folder = _features(args)
    if not (context.workspace / folder).exists():
        yield Problem(
            subject=f"features '{folder}'",
            message="do not exist in the workspace",
            hint="write the folder of the scenarios, e.g. 'features'",
        )


def _features(args: Args) -> str:
    return str(args.get("features", "features"))


def _select(args: Args) -> str:
    return str(args.get("select", ""))


def _read(args: Args, context: Context) -> tuple[FeatureCases, ...]:
    return read_case_files(context.workspace, _features(args), context.language)


def _none_selected(args: Args, context: Context) -> Problem:
    return Problem(
        subject=f"select '{_select(args)}'",
        message=say(
            context.language,
            "takes no scenario, so nothing would be proved",
            "没有选中任何场景，什么也不能证明",
        ),
        path=_features(args),
        hint=say(context.language, "see the tags of the scenarios", "请核对场景的标签"),
    )


def _no_browser(context: Context) -> Problem:
    return Problem(
        subject="browser",
        message=say(
            context.language,
            "there is no Chromium or Chrome on this machine",
            "本机没有 Chromium 或 Chrome",
        ),
        hint="make setup",
    )


class _Work:
    """One run: its folders, its pytest process, its outcome."""

    def __init__(self, args: Args, context: Context, started: datetime) -> None:
        self.args = args
        self.context = context
        self.started = started
        self.out = Path(os.environ.get("GOLIVE_ATTEMPT_DIR") or context.workdir)
        self.allure = context.workdir / "allure-results"
        self.junit = context.workdir / "junit.xml"

    def pytest(self) -> int:
        """Run pytest in the workspace, saying its lines, and return its exit code."""
        args, context = self.args, self.context
        command = [
            *(sys.executable, "-m", "pytest", _features(args), f"--select={_select(args)}"),
            *(f"--target={args.get('target', '')}", "-q", "-p", "no:cacheprovider"),
            *("--color=no", f"--alluredir={self.allure}", "--clean-alluredir"),
            *(f"--junitxml={self.junit}", f"--rootdir={context.workspace}"),
            *((f"-n{args['workers']}",) if args.get("workers") else ()),
            *((f"--wait-for-people={args['wait']}",) if args.get("wait") else ()),
        ]
        with private_folder() as private:
            environment = {
                **program_environment(context.secrets.values()),
                "GOLIVE_ATTEMPT_DIR": str(self.out),
                "GOLIVE_ATTEMPT": str(context.attempt),
                "GOLIVE_ENV": context.environment.name,
                "GOLIVE_LANG": context.language,
                "PYTHONUNBUFFERED": "1",
                ACCOUNTS_FILE: str(_accounts(private, context.secrets)),
            }
            (self.out / "results.json").unlink(missing_ok=True)
            process = subprocess.Popen(
                command,
                cwd=context.workspace,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
            with process:
                for line in process.stdout or ():
                    context.say(line.rstrip())
            return process.wait()

    def judged(self, cases: Sequence[Case], code: int) -> Outcome:
        """Return the outcome of a run that ended with ``code``."""
        kept = tuple(self._keep())
        try:
            results = read_results(self.out / "results.json")
        except (OSError, ValueError, KeyError, TypeError) as error:
            text = say(
                self.context.language,
                f"the run left no record (pytest ended with {code}): {error}",
                f"运行没有留下记录（pytest 退出码 {code}）：{error}",
            )
            return self.ended(Status.BROKEN, text, kept=kept)
        closed = close_world([case.id for case in cases], results.scenarios)
        status, summary = verdict(closed, code, self.context.language)
        return self.ended(status, summary, kept=kept, results=results, closed=closed)

    def _keep(self) -> Iterator[Evidence]:
        context = self.context
        for path in (self.out / "results.json", self.junit):
            if path.is_file():
                yield context.keep(path, name=path.name)
        for folder, name in (
            (self.out / "screenshots", "screenshots"),
            (self.allure, "allure-results"),
            (self.out / RESTRICTED, RESTRICTED),
        ):
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                yield context.keep(path, name=f"{name}/{path.relative_to(folder).as_posix()}")

    def ended(
        self,
        status: Status,
        summary: str,
        *,
        kept: tuple[Evidence, ...] = (),
        results: Results | None = None,
        closed: Sequence[Result] = (),
    ) -> Outcome:
        """Return an outcome about the target that the record names."""
        return Outcome(
            status=status,
            summary=summary,
            started=self.started,
            ended=datetime.now(UTC),
            metrics=tuple(
                Metric(name=f"scenarios_{name.replace(' ', '_')}", value=float(number), unit="1")
                for name, number in counts(closed).items()
            ),
            evidence=kept,
            retries=sum(result.retries for result in closed),
            subject=self._subject(results),
        )

    def _subject(self, results: Results | None) -> Subject:
        environment = self.context.environment
        targets = results.targets if results else {}
        wanted = str(self.args.get("target") or "new")
        version = targets.get(wanted) or next(iter(targets.values()), {})
        return Subject(
            environment=environment.name,
            site=version.get("site", environment.facts.get("site", "")),
            target_version=version.get("build", ""),
            digest=scenario_digest(self.args, self.context.workspace),
        )


def _accounts(private: Path, secrets: Mapping[str, str]) -> Path:
    """Hand the accounts' passwords over in a file only this user may read."""
    path = private / "accounts.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({n: v for n, v in secrets.items() if n.endswith("_password")}, file)
    return path


def scenario_digest(args: Args, workspace: Path) -> str:
    """Return the SHA-256 over the selection and every file a scenario is made of."""
    total = hashlib.sha256(json.dumps(dict(args), sort_keys=True, default=str).encode())
    folders = (workspace / _features(args), workspace / "steps", workspace / "conftest.py")
    for folder in folders:
        paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(workspace).as_posix()
                total.update(f"{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
