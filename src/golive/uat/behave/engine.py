"""Run one case at a time by behave's own ``Scenario.run``; enter and leave features between."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from golive.contracts import Target
from golive.errors import ExitCode, GoliveError
from golive.uat.behave import compat
from golive.uat.behave.reading import Case, words_of
from golive.uat.behave.recounting import Begun, result_of
from golive.uat.behave.runner import AFTER_WORKER, BEFORE_WORKER, Runner
from golive.uat.behave.steps import unready
from golive.uat.behave.verdict import Verdict, judge
from golive.uat.behave.witness import Observer, Witness
from golive.uat.chains import Chains
from golive.uat.results import BLOCKED, BROKEN, NOT_WRITTEN, PASSED, WAITING, Result
from golive.uat.session import Session
from golive.uat.site import Account
from golive.uat.stage import Stage
from golive.uat.wording import say

__all__ = ["Engine", "Fixtures", "Observer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixtures:
    """What the workspace's pytest fixtures replace; None leaves golive's own."""

    target: Target | None = None
    accounts: Mapping[str, Account] | None = None
    data: Mapping[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Engine:
    """behave set up once for a process; cases run in any order."""

    root: Path
    stage: Stage
    observer: Observer | None = None
    #: What ``before_all`` left on the context when another process ran it; None: it runs here.
    given: Mapping[str, Any] | None = None
    #: Whether this process runs no scenario and only what is done once for others.
    _for_others: bool = False
    _runner: Runner | None = None
    _failed: GoliveError | None = None
    #: Features and rules entered and not left, the outermost first.
    _inside: list[Any] = field(default_factory=list)
    _broken: dict[int, str] = field(default_factory=dict)
    _chains: Chains = field(default_factory=Chains)

    def run(self, case: Case, fixtures: Fixtures | None = None, *, attempt: int = 1) -> Result:
        """Run one case and return what came of it; ``attempt`` counts the tries from 1.

        Raise KeyboardInterrupt, and whatever else is no Exception (pytest's own skip), unchanged.
        """
        began = Begun(case=case, attempt=attempt)
        if early := self._not_to_be_run(case):
            return result_of(self.stage.out, began, early, None)
        session = self._session(case, fixtures or Fixtures(), attempt)
        verdict = Verdict(status=BROKEN)
        anew = ""
        try:
            anew = self._take_up(case, session)
            verdict = self._run(self._ready(), case, session)
        except GoliveError as error:
            # A step's own is its verdict already: this one came before.
            verdict = Verdict(status=BROKEN, message=str(error))
        finally:
            self._chains.ended(
                case.chain,
                case.id,
                case.name,
                passed=verdict.status == PASSED,
                remembered=session.remembered,
            )
        if verdict.status == WAITING:
            verdict = replace(verdict, message=verdict.message + anew)
        else:
            for question, _judged in session.judged:
                self.stage.settle(question)
        if session.resumed or verdict.status == WAITING:
            self.stage.hold(session, case.digest)
        return result_of(self.stage.out, began, verdict, session)

    def _take_up(self, case: Case, session: Session) -> str:
        """Let a case go on where an earlier run began to wait; return why it does not, if it did.

        A chain's members go on from what this run's members left.
        """
        if case.chain:
            return ""
        session.may_be_held = self._ready().keeps_nothing
        return self.stage.take_up(session, lambda: case.digest)

    def _not_to_be_run(self, case: Case) -> Verdict | None:
        """Return why a case does not begin: incomplete, behave not ready, or blocked."""
        status, gaps = NOT_WRITTEN, case.problems
        if not gaps:
            try:
                gaps = unready(self._ready(), case)
            except GoliveError as error:
                gaps = error.problems
                status = NOT_WRITTEN if error.exit_code is ExitCode.REFUSED else BROKEN
        if gaps:
            message = "; ".join(str(problem) for problem in gaps)
            return Verdict(status=status, message=message, step_line=gaps[0].line)
        if blocker := self._chains.blocker(case.chain, case.id):
            message = say(
                case.language,
                f"blocked by “{blocker}”, which did not pass",
                f"因“{blocker}”未通过而未执行",
            )
            return Verdict(status=BLOCKED, message=message)
        return None

    def _session(self, case: Case, chosen: Fixtures, attempt: int) -> Session:
        session = self.stage.session(
            case.id,
            case.tags,
            case.language,
            attempt=attempt,
            words=words_of(case.scenario),
            target=chosen.target,
            accounts=chosen.accounts,
            data=chosen.data,
        )
        session.remembered.update(self._chains.remembered(case.chain))
        return session

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
                runner.formatters = [compat.new_formatter(Witness, runner.config)]
                runner.witness = runner.formatters[0]
                self._runner = runner
                self._before_all(runner)
        return self._runner

    def _before_all(self, runner: Runner) -> None:
        """Run what comes before everything, or take over what it left in another process."""
        if self.given is None:
            runner.run_hook("before_all")
        else:
            compat.give(runner, self.given)
        if not (runner.hook_failures or runner.aborted or self._for_others):
            runner.run_hook(BEFORE_WORKER)
        if runner.aborted or runner.hook_failures:
            self._failed = GoliveError.of("before_all", "the workspace's before_all hook broke")
            raise self._failed

    def begin(self) -> Mapping[str, Any]:
        """Run ``before_all`` for other processes; return what it left on the context.

        Raise GoliveError when the hooks do not load or it broke.
        """
        self._for_others = True
        return compat.left_at_root(self._ready())

    @contextmanager
    def _at_root(self) -> Iterator[None]:
        # behave names files relative to the working directory.
        before, root = os.getcwd(), str(self.root)  # noqa: PTH109 - for every scenario
        if before == root:
            yield
            return
        os.chdir(root)
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

    def stop(self) -> bool:
        """Leave everything, run what comes after all, stop the browser; False when it broke."""
        clean = True
        try:
            if self._runner is not None:
                clean = self.leave()
                with self._at_root():
                    clean = self._after_all(self._runner) and clean
                    self._runner.path_manager.__exit__()
                    self._runner.apart.close()
        finally:
            self.stage.close()
        return clean

    def _after_all(self, runner: Runner) -> bool:
        failed = runner.hook_failures
        if not self._for_others:
            runner.run_hook(AFTER_WORKER)
        if self.given is None:
            runner.run_hook("after_all")
        try:
            compat.finish(runner)
        except Exception:  # noqa: BLE001 - whatever a workspace's cleanup raises
            return False
        return bool(runner.hook_failures == failed)
