"""The pytest plugin: each scenario and each examples row of a feature is one test.

It is loaded in every pytest run, so it imports behave, the browser and Allure only when a feature
is collected, and changes nothing in a run that collects none.
"""

# ruff: noqa: PLC0415, SLF001 - imports wait for the first feature; items need pytest's fixtures

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.fixtures import TopRequest

from golive.errors import ExitCode, GoliveError, SpecError

if TYPE_CHECKING:
    from golive.uat.behave import Case, Engine
    from golive.uat.behave.engine import Fixtures
    from golive.uat.recording import Recording
    from golive.uat.results import Result

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--select`` and ``--target``."""
    group = parser.getgroup("golive")
    group.addoption(
        "--select",
        default="",
        help="run the scenarios a tag expression takes; with '=': --select='@smoke and not @slow'",
    )
    group.addoption(
        "--target", default="", help="the system to run scenarios against: new (default) or old"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare to notice features; nothing is loaded yet."""
    run = Run(config)
    config.stash[_RUN] = run
    config.pluginmanager.register(run, "golive-run")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


# -- what is collected


class BadFeature(Exception):
    """A feature file cannot be run; the text is all its problems."""


class FeatureFile(pytest.File):
    """A feature file; its problems are said with file and line, not as a traceback."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the file's scenarios, those of a rule inside a node of its own."""
        from golive.uat.behave import read_case_file

        run = self.config.stash[_RUN]
        run.met = True
        read = read_case_file(self.path, self.config.rootpath, run.language)
        if read.problems:
            raise BadFeature("\n".join(str(problem) for problem in read.problems))
        rules: dict[str, RuleNode] = {}
        for case in read.cases:
            if not case.rule:
                yield ScenarioItem.from_parent(self, name=case.node, case=case)
                continue
            if case.rule not in rules:
                rules[case.rule] = RuleNode.from_parent(self, name=case.rule)
            rules[case.rule].cases.append(case)
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
        self.cases: list[Case] = []

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the rule's scenarios."""
        for case in self.cases:
            yield ScenarioItem.from_parent(self, name=case.node, case=case)


class ScenarioFailed(AssertionError):
    """The scenario shows that the system is wrong."""


class ScenarioBroken(RuntimeError):
    """The scenario cannot tell: badly written, or something around it broke."""


class ScenarioItem(pytest.Item):
    """One scenario, or one row of an outline's examples."""

    def __init__(self, *, case: Case, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.case = case
        self.result: Result | None = None
        for tag in case.tags:
            self.keywords[tag] = True
            if tag not in _PYTEST_MARKS:
                # Built directly: a tag may hold signs that pytest.mark refuses.
                self.own_markers.append(pytest.Mark(tag, (), {}, _ispytest=True))
                self.config.stash[_RUN].register(tag)
        manager = self.session._fixturemanager
        self._fixtureinfo = manager.getfixtureinfo(node=self, func=None, cls=None)
        self.fixturenames = self._fixtureinfo.names_closure
        self.funcargs: dict[str, object] = {}
        self._request = TopRequest(self, _ispytest=True)  # type: ignore[arg-type]  # as doctest's

    def setup(self) -> None:
        """Fill the workspace's automatic fixtures."""
        self._request._fillfixtures()

    def runtest(self) -> None:
        """Run the scenario. Raise ScenarioFailed, ScenarioBroken or pytest's skip."""
        from golive.uat.allure_bridge import attach_details, describe_case

        run = self.config.stash[_RUN]
        describe_case(self.case)
        self.result = run.engine.run(self.case, self._fixtures())
        attach_details(run.out, self.result)
        _raise_for(self.result)

    def _fixtures(self) -> Fixtures:
        from golive.uat.behave.engine import Fixtures

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
    from golive.uat.results import BLOCKED, FAILED, NOT_WRITTEN, PASSED

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
    if result.status == BLOCKED:
        pytest.skip(text)
    if result.status == FAILED:
        raise ScenarioFailed(text)
    raise ScenarioBroken(text)


# -- one run


class Run:
    """What this pytest run knows of its scenarios; empty as long as no feature is met."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        #: Whether a feature file was collected here or in a worker, or one was asked for.
        self.met = bool(config.getoption("select", "") or config.getoption("target", ""))
        self.code: ExitCode | None = None
        self._recording: Recording | None = None
        self._engine: Engine | None = None
        self._language = ""
        self._tags: set[str] = set()
        #: Feature files given as ``x.feature:12``, with the lines asked for.
        self.lines: dict[Path, list[int]] = {}
        self._take_lines(config)

    def _take_lines(self, config: pytest.Config) -> None:
        plain: dict[str, None] = {}
        for argument in config.args:
            path, _, line = argument.rpartition(":")
            if path.endswith(".feature") and line.isdigit():
                self.lines.setdefault((config.invocation_params.dir / path).resolve(), []).append(
                    int(line)
                )
                plain[path] = None
            else:
                plain[argument] = None
        if self.lines:
            config.args[:] = list(plain)

    def asked_for(self, item: ScenarioItem) -> bool:
        """Return whether a scenario stands on a line asked for; True where no line was given."""
        lines = self.lines.get(item.path)
        return lines is None or any(item.case.stands_on(line) for line in lines)

    def register(self, tag: str) -> None:
        """Make a tag a known marker, so that ``-m`` takes it under ``--strict-markers``."""
        if tag not in self._tags:
            self._tags.add(tag)
            self.config.addinivalue_line("markers", f"{tag}: a tag of this workspace's features")

    @property
    def out(self) -> Path:
        """Where the record goes: the attempt's folder, or the workspace's own."""
        folder = os.environ.get("GOLIVE_ATTEMPT_DIR")
        return Path(folder) if folder else self.config.rootpath / "reports" / "uat"

    @property
    def recording(self) -> Recording:
        """The record of this run."""
        if self._recording is None:
            from golive.uat.recording import Recording

            self._recording = Recording(out=self.out, select=self.config.option.select)
        return self._recording

    @property
    def language(self) -> str:
        """The workspace's language, for sentences about files that have none yet."""
        if not self._language:
            from golive.project import load_project

            try:
                self._language = load_project(self.config.rootpath).language.value
            except GoliveError:
                self._language = "en"
        return self._language

    @property
    def is_worker(self) -> bool:
        """Whether this is an xdist worker; its controller writes the record."""
        return hasattr(self.config, "workerinput")

    @property
    def engine(self) -> Engine:
        """behave, set up on first use."""
        if self._engine is None:
            from golive.uat.allure_bridge import AllureBridge
            from golive.uat.behave import Engine
            from golive.uat.stage import Stage

            stage = Stage(self.config.rootpath, self.out, target=self.config.option.target)
            bridge = AllureBridge(pytest.skip.Exception("not reached"))
            self._engine = Engine(root=self.config.rootpath, stage=stage, observer=bridge)
        return self._engine

    def leave(self, nextitem: pytest.Item | None) -> None:
        """Leave the feature the next test is not in. Raise ScenarioBroken when its hook broke."""
        if self._engine is None:
            return
        keep = nextitem.case.around if isinstance(nextitem, ScenarioItem) else ()
        if not self._engine.leave(keep):
            raise ScenarioBroken("what the workspace does after the feature broke")

    def close(self) -> None:
        """Stop behave and the browser, keeping what the record says about them."""
        if self._engine is not None:
            self.recording.learn(self._engine.stage.facts())
            engine, self._engine = self._engine, None
            engine.stop()

    # hooks that are not given the config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect results; a scenario's last word counts."""
        data = getattr(report, "golive", None)
        if data is not None:
            self.recording.results[report.nodeid] = data
        elif report.failed and ".feature::" not in report.nodeid:
            self.recording.others_failed = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected; each worker says the same."""
        text = str(report.longrepr) if report.failed else ""
        if text and text not in self.recording.problems:
            self.met = self.met or ".feature" in report.nodeid
            self.recording.problems.append(text)


_RUN = pytest.StashKey[Run]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Take away the scenarios that ``--select`` does not take."""
    run = config.stash[_RUN]
    try:
        yield
        if run.lines:
            _keep(config, items, run.asked_for)
        if expression := config.option.select:
            from golive.uat.behave import Selection

            selection = Selection(expression, run.language)
            _keep(config, items, lambda item: selection.takes(item.case))
    except (pytest.UsageError, SpecError) as error:
        if not run.met:
            raise
        # pytest would end with a code of its own for what is bad input.
        run.recording.problems.append(str(error))
        pytest.exit(str(error), returncode=int(ExitCode.REFUSED))


def _keep(
    config: pytest.Config, items: list[pytest.Item], takes: Callable[[ScenarioItem], bool]
) -> None:
    left = [item for item in items if isinstance(item, ScenarioItem) and not takes(item)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note what is expected, before the first scenario begins."""
    run = session.config.stash[_RUN]
    if run.met and not run.is_worker:
        _expect(run, [item.nodeid for item in session.items if isinstance(item, ScenarioItem)])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Note what a worker is going to run; all workers collect the same."""
    run = node.config.stash[_RUN]
    scenarios = [id_ for id_ in ids if ".feature::" in id_]
    if scenarios and not run.recording.expected:
        run.met = True
        _expect(run, scenarios)


def _expect(run: Run, ids: list[str]) -> None:
    if run.config.option.collectonly:
        run.recording.expected = tuple(ids)
    else:
        run.recording.expect(ids)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker noted."""
    run = node.config.stash[_RUN]
    told = getattr(node, "workeroutput", {}).get("golive", {})
    run.met = run.met or bool(told.get("met"))
    if told.get("facts"):
        run.recording.learn(told["facts"])


# -- what comes of it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the scenario's result on its report, which xdist carries to the controller."""
    report = yield
    if isinstance(item, ScenarioItem) and (report.when == "call" or report.failed):
        result = item.result if call.excinfo is None or item.result else None
        data = asdict(_result(item, report, call, result))
        report.golive = data  # type: ignore[attr-defined]  # xdist carries any attribute
    return report


def _result(
    item: ScenarioItem,
    report: pytest.TestReport,
    call: pytest.CallInfo[None],
    result: Result | None,
) -> Result:
    from golive.uat.results import BLOCKED, BROKEN, PASSED
    from golive.uat.results import Result as NewResult

    if result is not None and (report.when != "teardown" or result.status != PASSED):
        return replace(result, id=item.nodeid)
    case = item.case
    error = call.excinfo.value if call.excinfo else None
    message = (
        str(error).splitlines()[0] if error is not None and str(error) else type(error).__name__
    )
    base = result or NewResult(
        id=item.nodeid,
        file=case.path,
        line=case.line,
        name=case.name,
        feature=case.feature,
        tags=case.tags,
        language=case.language,
        status=BROKEN,
        duration=round(report.duration, 3),
    )
    return replace(
        base, id=item.nodeid, status=BLOCKED if report.skipped else BROKEN, message=message
    )


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Leave the feature when the next test is not in it."""
    if isinstance(item, ScenarioItem):
        item.config.stash[_RUN].leave(nextitem)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the record and put golive's exit code in the place of pytest's."""
    run = session.config.stash[_RUN]
    run.close()
    if run.is_worker:
        facts = run.recording.facts if run.met else {}
        told = session.config.workeroutput  # type: ignore[attr-defined]  # xdist sets it
        told["golive"] = {"met": run.met, "facts": facts}
        return
    if not run.met:
        return
    collect_only = bool(session.config.option.collectonly)
    run.code = run.recording.code(int(exitstatus), collect_only=collect_only)
    if not collect_only:
        run.recording.write(run.code)
    session.exitstatus = int(run.code)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what came of the scenarios and where the record is."""
    run = config.stash[_RUN]
    if run.code is None or config.option.collectonly:
        return
    recording = run.recording
    good = run.code is ExitCode.PASSED
    terminalreporter.write_sep("-", "UAT", green=good, red=not good)
    if not recording.expected and not recording.problems:
        asked = f" '{recording.select}'" if recording.select else ""
        terminalreporter.write_line(
            f"no scenario was selected{asked}, so nothing is proved (see --select, -m and -k)"
        )
    terminalreporter.write_line(f"{recording.summary()} (exit code {int(run.code)})")
    terminalreporter.write_line(f"record: {recording.out / 'results.json'}")
