"""The Runner for plain ``behave``: golive's phrases, sessions and guards around its own run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from golive.errors import ExitCode, GoliveError, Problem, SpecError, worst
from golive.project import find_project
from golive.uat.behave import compat, model
from golive.uat.behave.apart import Apart
from golive.uat.behave.reading import Case, read_case_file, words_of
from golive.uat.behave.steps import load_steps, own_steps, unready
from golive.uat.behave.verdict import judge
from golive.uat.behave.witness import Witness
from golive.uat.phrases import OwnSentence
from golive.uat.results import NOT_WRITTEN, PASSED, status_code
from golive.uat.session import Session
from golive.uat.stage import Stage

__all__ = ["AFTER_WORKER", "BEFORE_WORKER", "Runner", "find_gaps", "own_sentences"]

#: Hooks of golive's own: in every process that runs scenarios, inside before_all and after_all.
BEFORE_WORKER, AFTER_WORKER = "before_worker", "after_worker"


class Runner(compat.Runner):  # type: ignore[misc]  # behave has no types
    """behave's Runner with golive's phrasebook; ``[tool.behave] runner`` names it."""

    def __init__(
        self, config: Any, *, root: Path | None = None, stage: Stage | None = None
    ) -> None:
        super().__init__(config)
        self.root = root or _root()
        self.stage = stage or Stage(self.root, self.root / "reports" / "uat")
        #: The session the next scenario uses; a new one when there is none.
        self.next_session: Session | None = None
        #: Told of steps inside steps.
        self.witness: Witness | None = None
        self.apart = Apart()
        self._depth = 0
        #: Which step is being run, and which inside it; what was on the context before the first.
        self._places: list[int] = []
        self._before: frozenset[str] = frozenset()
        #: Why a step inside the present one failed.
        self._inner_error: BaseException | None = None

    def prepare(self) -> None:
        """Make the context, load hooks, steps and phrases. SpecError when one does not."""
        self.context = compat.Context(self)
        load_steps(self, self.root, self.apart)
        self._put_around("before_scenario", self._open_session, first=True)
        self._put_around("before_step", self._step_begins, first=True)
        self._put_around("after_step", self._step_ends, first=False)
        self._put_around("after_scenario", self._close_session, first=False)

    # -- plain behave

    def run_with_paths(self) -> bool:
        """Run what ``behave`` was asked to. Raise SystemExit with golive's code if not 0 or 1."""
        self.config.show_snippets = False
        try:
            self.prepare()
            cases = self._read()
        except GoliveError as error:
            _say(error.problems)
            return _end(error.exit_code)
        selected = [case for case in cases if self._takes(case)]
        gaps = {case.id: unready(self, case) for case in selected}
        for case in selected:
            if gaps[case.id] and case.scenario is not None:
                # behave would pass a scenario without steps; what is incomplete is not run.
                case.scenario.mark_skipped()
        self._worker_hooks()
        self.formatters = compat.formatters(self.config)
        try:
            hooks_failed = self.run_model() and self.hook_failures > 0
        finally:
            self.apart.close()
            self.stage.close()
        codes = [self._report(case, gaps[case.id]) for case in selected]
        if not selected:
            _say([_nothing_selected()])
            codes.append(ExitCode.REFUSED)
        return _end(worst([*codes, ExitCode.BROKEN] if hooks_failed else codes))

    def _read(self) -> list[Case]:
        problems: list[Problem] = []
        cases: list[Case] = []
        for name, places in groupby(
            self.feature_locations(), key=lambda place: str(place.filename)
        ):
            if self.config.exclude(name):
                continue
            read = read_case_file(Path(name).resolve(), self.root)
            problems += read.problems
            if read.feature is not None:
                model.select_lines(read.feature, name, places)
                self.features.append(read.feature)
                cases += read.cases
        if problems:
            raise SpecError(*problems)
        return cases

    def _takes(self, case: Case) -> bool:
        if case.scenario is None:
            return bool(self.config.tag_expression.check(case.tags)) and not self.config.name
        by_name = not self.config.name or case.scenario.should_run_with_name_select(self.config)
        return bool(by_name and case.scenario.should_run(self.config))

    def _report(self, case: Case, gaps: Sequence[Problem]) -> ExitCode:
        """Say in plain words why a case did not pass and return its code."""
        if gaps:
            _say(gaps)
            return status_code(NOT_WRITTEN)
        if self.config.dry_run:
            return ExitCode.PASSED
        verdict = judge(case.scenario, case.language)
        if verdict.status != PASSED:
            line = verdict.step_line or case.line
            subject = f"{case.name}: {verdict.step}" if verdict.step else case.name
            _say([Problem(subject=subject, message=verdict.message, path=case.path, line=line)])
        return status_code(verdict.status)

    def _worker_hooks(self) -> None:
        """Let golive's own two hooks run inside behave's: here there is one process."""
        before, after = self.hooks.get("before_all"), self.hooks.get("after_all")

        def begin(context: Any) -> None:
            if before is not None:
                before(context)
            self.run_hook(BEFORE_WORKER)

        def end(context: Any) -> None:
            self.run_hook(AFTER_WORKER)
            if after is not None:
                after(context)

        self.hooks.update(before_all=begin, after_all=end)

    # -- what golive does around a scenario

    def _put_around(self, name: str, own: Callable[..., None], *, first: bool) -> None:
        users = self.hooks.get(name)

        def hook(context: Any, *args: Any) -> None:
            if first:
                own(context, *args)
            try:
                if users is not None:
                    users(context, *args)
            finally:
                if not first:
                    own(context, *args)

        self.hooks[name] = hook

    def _open_session(self, context: Any, scenario: Any) -> None:
        session = self.next_session
        if session is None:
            key = f"{scenario.filename}:{scenario.line}"
            tags = scenario.effective_tags
            words = words_of(scenario)
            session = self.stage.session(key, tags, scenario.feature.language, words=words)
        self.next_session = None
        self._depth, self._inner_error = 0, None
        self._places = []
        context.golive = session

    def _step_begins(self, context: Any, step: Any) -> None:
        context.golive.begin_step(step.line or 0)
        # Only a sentence that says so lets the scenario go on after it.
        context.scenario.continue_after_failed_step = False
        self._depth += 1
        self._count(context)
        if self._depth > 1 and self.witness is not None:
            self.witness.inner_begins(step)

    def _count(self, context: Any) -> None:
        """Note which step is being run."""
        del self._places[self._depth :]
        if len(self._places) < self._depth:
            self._places.append(0)
        self._places[-1] += 1
        context.golive.place = tuple(self._places)
        if self._places == [1]:
            self._before = compat.own_names(context)

    def keeps_nothing(self) -> bool:
        """Whether the workspace's own steps have set nothing on this scenario's context."""
        return compat.own_names(self.context) == self._before

    def _step_ends(self, context: Any, step: Any) -> None:
        if context.golive.touched or compat.has_failed(step):
            context.golive.take_picture(step.line or 0)
        if self._depth > 1:
            if compat.has_failed(step) and self._inner_error is None:
                self._inner_error = step.exception
            if self.witness is not None:
                self.witness.inner_ends(step)
        elif self._inner_error is not None:
            if compat.has_failed(step):
                # behave wraps it into an assertion whose text is a traceback.
                step.exception = self._inner_error
            self._inner_error = None
        self._depth -= 1

    @staticmethod
    def _close_session(context: Any, scenario: Any) -> None:
        failed = any(compat.has_failed(step) for step in scenario.all_steps)
        context.golive.close(passed=not failed)


def find_gaps(root: Path, cases: Sequence[Case]) -> tuple[Problem, ...]:
    """Return why cases could not be run: what they lack, and sentences nobody knows.

    Loads the workspace's steps, runs none. Raise SpecError when one of them does not load.
    """
    with _loaded(root) as runner:
        return tuple(problem for case in cases for problem in unready(runner, case))


def own_sentences(root: Path) -> tuple[OwnSentence, ...]:
    """Return the sentences a workspace's Python files define. Raise SpecError when one is broken.

    They are loaded, nothing is run.
    """
    with _loaded(root) as runner:
        return tuple(own_steps(runner, root))


@contextmanager
def _loaded(root: Path) -> Iterator[Runner]:
    """Yield a runner that has loaded a workspace's steps, at work in the workspace."""
    before = Path.cwd()
    os.chdir(root)
    try:
        runner = Runner(compat.quiet_configuration(), root=root)
        runner.base_dir = str(root)
        load_steps(runner, root)
        yield runner
    finally:
        os.chdir(before)


def _root() -> Path:
    try:
        return find_project(Path.cwd())
    except SpecError:
        return Path.cwd()


def _say(problems: Iterable[Problem]) -> None:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")


def _nothing_selected() -> Problem:
    return Problem(
        subject="",
        message="no scenario was selected, so nothing is proved",
        hint="see the tags and names given to behave",
    )


def _end(code: ExitCode) -> bool:
    """Return behave's answer, or leave with a code behave has no word for."""
    if code in {ExitCode.PASSED, ExitCode.FAILED}:
        return code is ExitCode.FAILED
    sys.stdout.flush()
    raise SystemExit(int(code))
