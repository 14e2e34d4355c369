"""What pytest collects of a feature: the file, its rules, its scenarios and examples rows."""

# ruff: noqa: PLC0415, SLF001 - imports wait for the first feature; items need pytest's fixtures

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.fixtures import TopRequest

from golive.errors import GoliveError
from golive.uat.plugin.run import RUN, ScenarioBroken

if TYPE_CHECKING:
    from golive.uat.behave.engine import Fixtures
    from golive.uat.behave.reading import Case
    from golive.uat.results import Result

__all__ = ["FeatureFile", "RuleNode", "ScenarioFailed", "ScenarioItem", "ScenarioNotWritten"]

#: Marks with a meaning of their own in pytest: a tag of that name must not act as one.
_PYTEST_MARKS = frozenset(
    {
        "skip",
        "skipif",
        "xfail",
        "parametrize",
        "usefixtures",
        "filterwarnings",
        "tryfirst",
        "trylast",
    }
)
#: The workspace's fixtures golive uses when its conftest.py has them.
_FIXTURES = ("target", "accounts", "data")


class BadFeature(Exception):
    """A feature file cannot be run; the text is all its problems."""


class ScenarioFailed(AssertionError):
    """The scenario shows that the system is wrong."""


class ScenarioNotWritten(ScenarioBroken):
    """The scenario is not written completely; trying again would not help."""


class FeatureFile(pytest.File):
    """A feature file; its problems are said with file and line, not as a traceback."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the file's scenarios, those of a rule inside a node of its own."""
        from golive.uat.behave.reading import read_case_file

        run = self.config.stash[RUN]
        run.met = True
        read = read_case_file(self.path, self.config.rootpath, run.language)
        if read.problems:
            raise BadFeature("\n".join(str(problem) for problem in read.problems))
        rules: dict[str, RuleNode] = {}
        for place, case in enumerate(read.cases):
            if not case.rule:
                yield ScenarioItem.from_parent(self, name=case.node, case=case, place=place)
                continue
            if case.rule not in rules:
                rules[case.rule] = RuleNode.from_parent(self, name=case.rule)
            rules[case.rule].cases.append((place, case))
        yield from rules.values()

    def repr_failure(  # type: ignore[override]  # as pytest's own Collector
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """Return the sentences of a mistake golive explains."""
        if isinstance(excinfo.value, BadFeature | GoliveError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class RuleNode(pytest.Collector):
    """A rule of a feature."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.cases: list[tuple[int, Case]] = []

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the rule's scenarios."""
        for place, case in self.cases:
            yield ScenarioItem.from_parent(self, name=case.node, case=case, place=place)


class ScenarioItem(pytest.Item):
    """One scenario, or one row of an outline's examples."""

    def __init__(self, *, case: Case, place: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.case = case
        #: Its place in the file, for the order of a chain.
        self.place = place
        self.result: Result | None = None
        self.tries = 0
        run = self.config.stash[RUN]
        for tag in case.tags:
            self.keywords[tag] = True
            if tag not in _PYTEST_MARKS:
                # Built directly: a tag may hold signs that pytest.mark refuses.
                self.own_markers.append(pytest.Mark(tag, (), {}, _ispytest=True))
                run.register(tag)
        manager = self.session._fixturemanager
        self._fixtureinfo = manager.getfixtureinfo(node=self, func=None, cls=None)
        self.fixturenames = self._fixtureinfo.names_closure
        self._initrequest()

    def _initrequest(self) -> None:
        # By this name pytest's protocol asks for it when a test is run again.
        self.funcargs: dict[str, object] = {}
        self._request = TopRequest(self, _ispytest=True)  # type: ignore[arg-type]  # as doctest's

    def setup(self) -> None:
        """Fill the workspace's automatic fixtures; what is not written needs none."""
        self.result = None
        if not self.case.problems:
            self._request._fillfixtures()

    def runtest(self) -> None:
        """Run the scenario. Raise ScenarioFailed, ScenarioBroken or pytest's skip."""
        from golive.uat.allure_bridge import attach_details, describe_case

        run = self.config.stash[RUN]
        self.tries += 1
        describe_case(self.case)
        self.result = run.engine.run(self.case, self._fixtures(), attempt=self.tries)
        attach_details(run.out, self.result)
        _raise_for(self.result)

    def _fixtures(self) -> Fixtures | None:
        from golive.uat.behave.engine import Fixtures

        if self.case.problems:
            return None
        manager = self.session._fixturemanager
        there = [name for name in _FIXTURES if manager.getfixturedefs(name, self)]
        return Fixtures(**{name: self._request.getfixturevalue(name) for name in there})

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return plain sentences; a traceback only for what golive cannot explain."""
        if isinstance(excinfo.value, ScenarioFailed | ScenarioBroken | GoliveError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the scenario stands."""
        return self.path, max(self.case.line - 1, 0), self.case.name


def _raise_for(result: Result) -> None:
    from golive.uat.results import BLOCKED, FAILED, NOT_WRITTEN, PASSED, WAITING

    if result.status == PASSED:
        return
    place = f"{result.file}:{result.step_line or result.line}: "
    step = f"{result.step}\n  " if result.step else ""
    # What is not written completely says its own file and line.
    written = result.status != NOT_WRITTEN or result.step
    text = f"{place}{step}{result.message}" if written else result.message
    shots = result.screenshots[-1:]
    if shots and result.step:
        text += f"\n  screenshot: {shots[0]}"
    if result.status in {BLOCKED, WAITING}:
        pytest.skip(text)
    if result.status == FAILED:
        raise ScenarioFailed(text)
    if result.status == NOT_WRITTEN:
        raise ScenarioNotWritten(text)
    raise ScenarioBroken(text)
