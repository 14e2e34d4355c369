"""Run one case at a time by behave's own ``Scenario.run``; enter and leave features between."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from golive.contracts import Target
from golive.errors import ExitCode, GoliveError
from golive.uat.behave import compat
from golive.uat.behave.reading import Case
from golive.uat.behave.runner import Runner
from golive.uat.behave.steps import unready
from golive.uat.behave.verdict import Verdict, judge
from golive.uat.results import BROKEN, NOT_WRITTEN, Result
from golive.uat.session import Session
from golive.uat.site import Account
from golive.uat.stage import Stage, short_id
from golive.uat.wording import say

__all__ = ["Engine", "Fixtures", "Observer"]


class Observer(Protocol):
    """Is told what happens inside a scenario, while it happens."""

    def step_begins(self, text: str) -> None:
        """Tell that a step begins."""

    def step_ends(self, error: BaseException | None, pictures: Sequence[Path]) -> None:
        """Tell that it has ended, with the pictures taken for it."""

    def step_not_run(self, text: str) -> None:
        """Tell that a step was not reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixtures:
    """What the workspace's pytest fixtures replace; None leaves golive's own."""

    target: Target | None = None
    accounts: Mapping[str, Account] | None = None
    data: Mapping[str, str] | None = None


class _Witness(compat.Formatter):  # type: ignore[misc]  # behave has no types
    """A behave formatter that passes a scenario's events on to an observer."""

    observer: Observer | None = None
    session: Session | None = None

    def scenario(self, _scenario: Any) -> None:
        """Begin with no step announced."""
        self.ahead: list[Any] = []
        self.begun = False

    def step(self, step: Any) -> None:
        """Remember a step that is announced."""
        self.ahead.append(step)

    def match(self, _match: Any) -> None:
        """Take the next announced step as begun."""
        if self.observer is not None and self.ahead:
            self.observer.step_begins(_text(self.ahead[0]))
            self.begun = True

    def result(self, step: Any) -> None:
        """Take the step as ended."""
        if self.ahead:
            self.ahead.pop(0)
        if self.observer is not None:
            error = step.exception if step.status.has_failed() else None
            if error is None and step.status.has_failed():
                error = AssertionError(step.status.name)
            self._ends(error)

    def _ends(self, error: BaseException | None) -> None:
        pictures = list(self.session.fresh_pictures) if self.session else []
        if self.session:
            self.session.fresh_pictures.clear()
        if self.observer is not None:
            self.observer.step_ends(error, pictures)
        self.begun = False

    def rest(self, error: BaseException | None) -> None:
        """Pass on what behave sends nothing for: a step left by a skip, and those never reached."""
        if self.begun:
            self.ahead.pop(0)
            self._ends(error)
        for step in self.ahead:
            if self.observer is not None:
                self.observer.step_not_run(_text(step))
        self.ahead = []


@dataclass(slots=True, kw_only=True)
class Engine:
    """behave set up once for a process; cases run in any order."""

    root: Path
    stage: Stage
    observer: Observer | None = None
    _runner: Runner | None = None
    _failed: GoliveError | None = None
    #: Features and rules entered and not left, the outermost first.
    _inside: list[Any] = field(default_factory=list)
    _broken: dict[int, str] = field(default_factory=dict)

    def run(self, case: Case, fixtures: Fixtures | None = None) -> Result:
        """Run one case and return what came of it.

        Raise KeyboardInterrupt, and whatever else is no Exception (pytest's own skip), unchanged.
        """
        started = datetime.now(UTC)
        clock = perf_counter()
        session: Session | None = None
        status = NOT_WRITTEN
        try:
            runner = self._ready()
            gaps = unready(runner, case)
        except GoliveError as error:
            gaps = error.problems
            status = NOT_WRITTEN if error.exit_code is ExitCode.REFUSED else BROKEN
        if gaps:
            message = "; ".join(str(problem) for problem in gaps)
            verdict = Verdict(status=status, message=message, step_line=gaps[0].line)
        else:
            chosen = fixtures or Fixtures()
            session = self.stage.session(
                case.id,
                case.tags,
                case.language,
                target=chosen.target,
                accounts=chosen.accounts,
                data=chosen.data,
            )
            verdict = self._run(runner, case, session)
        return self._result(case, verdict, started, perf_counter() - clock, session)

    def _run(self, runner: Runner, case: Case, session: Session) -> Verdict:
        with self._at_root():
            self._move_to(case.around)
            if reason := next(
                (self._broken[id(e)] for e in case.around if id(e) in self._broken), ""
            ):
                return Verdict(status=BROKEN, message=reason)
            witness = runner.formatters[0]
            witness.observer, witness.session = self.observer, session
            witness.scenario(case.scenario)
            runner.next_session = session
            flown: BaseException | None = None
            try:
                compat.run_scenario(runner, case.scenario)
            except BaseException as error:
                flown = error
                raise
            finally:
                session.close()
                witness.rest(flown)
                witness.session = None
        return judge(case.scenario, case.language)

    def _result(
        self,
        case: Case,
        verdict: Verdict,
        started: datetime,
        seconds: float,
        session: Session | None,
    ) -> Result:
        out = self.stage.out
        details = ""
        if verdict.details:
            path = out / "details" / f"{short_id(case.id)}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(verdict.details, encoding="utf-8")
            details = path.relative_to(out).as_posix()
        pictures = session.all_pictures if session else []
        return Result(
            id=case.id,
            file=case.path,
            line=case.line,
            name=case.name,
            feature=case.feature,
            tags=case.tags,
            language=case.language,
            status=verdict.status,
            started=started.isoformat(),
            duration=round(seconds, 3),
            message=verdict.message,
            step=verdict.step,
            step_line=verdict.step_line,
            screenshots=tuple(path.relative_to(out).as_posix() for path in pictures),
            details=details,
            target=session.target_used if session else "",
        )

    # -- setting up

    def _ready(self) -> Runner:
        """Return behave's runner, prepared on first use. Raise SpecError when it cannot be."""
        if self._failed is not None:
            raise self._failed
        if self._runner is None:
            with self._at_root():
                runner = Runner(compat.quiet_configuration(), root=self.root, stage=self.stage)
                runner.base_dir = str(self.root)
                try:
                    runner.path_manager.add(str(self.root))
                    runner.path_manager.__enter__()
                    runner.prepare()
                except GoliveError as error:
                    self._failed = error
                    raise
                runner.formatters = [compat.new_formatter(_Witness, runner.config)]
                self._runner = runner
                self._before_all(runner)
        return self._runner

    def _before_all(self, runner: Runner) -> None:
        runner.run_hook("before_all")
        if runner.aborted or runner.hook_failures:
            self._failed = GoliveError.of("before_all", "the workspace's before_all hook broke")
            raise self._failed

    @contextmanager
    def _at_root(self) -> Iterator[None]:
        # behave names files relative to the working directory.
        before = Path.cwd()
        os.chdir(self.root)
        try:
            yield
        finally:
            os.chdir(before)

    # -- moving between features

    def _move_to(self, around: Sequence[Any]) -> None:
        self.leave(around)
        runner = self._ready()
        for entity in around[len(self._inside) :]:
            if not self._inside:
                runner.feature = entity
                for formatter in runner.formatters:
                    formatter.uri(entity.filename)
            self._inside.append(entity)
            compat.enter(runner, entity)
            if entity.hook_failed:
                reason = str(entity.error_message or "").removeprefix("HOOK-ERROR in ")
                language = str(around[0].language)
                self._broken[id(entity)] = say(
                    language,
                    f"what the workspace does before “{entity.name}” broke: {reason}",
                    f"“{entity.name}”之前的准备出错：{reason}",
                )

    def leave(self, keep: Sequence[Any] = ()) -> bool:
        """Leave the features and rules that the next case is not in; False when a hook broke."""
        clean = True
        while self._inside and (
            len(self._inside) > len(keep)
            or any(a is not b for a, b in zip(self._inside, keep, strict=False))
        ):
            entity = self._inside.pop()
            with self._at_root():
                clean = compat.leave(self._ready(), entity) and clean
        return clean

    def stop(self) -> None:
        """Leave everything, run what comes after all, stop the browser."""
        try:
            if self._runner is not None:
                self.leave()
                with self._at_root():
                    self._runner.run_hook("after_all")
                    compat.finish(self._runner)
                    self._runner.path_manager.__exit__()
        finally:
            self.stage.close()


def _text(step: Any) -> str:
    glue = " " if step.keyword.isascii() else ""
    return f"{step.keyword}{glue}{step.name}"
