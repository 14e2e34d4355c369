"""The hooks pytest and xdist call: each hands on to the module that does the work.

They are loaded in every pytest run, so behave, the browser and Allure are imported only when a
feature is collected, and a run that collects none is left as it is.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from golive.errors import ExitCode, SpecError
from golive.uat.plugin import specs, spreading
from golive.uat.plugin.choosing import choose
from golive.uat.plugin.items import FeatureFile, ScenarioItem
from golive.uat.plugin.reporting import complete, summarise
from golive.uat.plugin.run import RUN, Run, is_scenario


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let others keep the journal of the scenarios that run."""
    pluginmanager.add_hookspecs(specs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add golive's own options."""
    group = parser.getgroup("golive")
    group.addoption(
        "--select",
        default="",
        help="run the scenarios a tag expression takes; with '=': --select='@smoke and not @slow'",
    )
    group.addoption(
        "--stale",
        action="store_true",
        help="run exactly the release's scenarios whose pass or acceptance is stale",
    )
    group.addoption(
        "--release", default="", help="with --stale: the release; else the only one there is"
    )
    group.addoption(
        "--as",
        dest="who",
        default="",
        metavar="PERSON",
        help="who runs the scenarios (GOLIVE_PERSON); a user's run can be accepted",
    )
    group.addoption(
        "--target", default="", help="the system to run scenarios against: new (default) or old"
    )
    group.addoption(
        "--shard",
        default="",
        help="run one of several parts of about equal duration: 2/4 is the second of four",
    )
    group.addoption(
        "--timings",
        default="",
        help="durations to divide by: reports/uat/timings.json (default) or a run's results.json",
    )
    group.addoption(
        "--wait-for-people",
        type=float,
        default=0.0,
        metavar="MINUTES",
        help="wait so long for each answer of a person; without it the scenario is waiting",
    )
    group.addoption(
        "--show-browser", action="store_true", help="show the browser's window while it works"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare to notice features; nothing is loaded yet."""
    run = Run(config)
    config.stash[RUN] = run
    config.pluginmanager.register(run, "golive-run")
    run.keep_allure()
    spreading.take_over(run)
    if hasattr(config.option, "rerun_except"):
        # What is not written stays so, however often it is run.
        config.option.rerun_except = [*(config.option.rerun_except or ()), "ScenarioNotWritten"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse what cannot be run; in an xdist controller, do once what is to be done once."""
    option = session.config.option
    if option.stale and (refused := getattr(option, "only_refused", "")):
        session.config.stash[RUN].recording.problems.append(refused)
        pytest.exit(refused, returncode=int(ExitCode.REFUSED))
    if spreading.spreads(session.config):
        spreading.begin_once(session.config.stash[RUN])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """Take away the scenarios that were not asked for."""
    run = config.stash[RUN]
    every = tuple(items)
    try:
        yield
        choose(run, config, items, every)
    except (pytest.UsageError, SpecError) as error:
        if not run.met:
            raise
        # pytest would end with a code of its own for what is bad input.
        run.recording.problems.append(str(error))
        pytest.exit(str(error), returncode=int(ExitCode.REFUSED))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note what is expected, before the first scenario begins."""
    run = session.config.stash[RUN]
    if run.met and not run.is_worker:
        _expect(run, [item.nodeid for item in session.items if isinstance(item, ScenarioItem)])


def _expect(run: Run, ids: list[str]) -> None:
    if run.config.option.collectonly:
        run.recording.expected = tuple(ids)
        return
    run.recording.expect(ids)
    if run.recording.problems or not ids:
        return  # there is nothing to intend
    refused = run.config.hook.pytest_golive_expects(
        config=run.config, out=run.out, expected=tuple(ids)
    )
    if refused:
        run.recording.problems.append(refused)
        pytest.exit(refused, returncode=int(ExitCode.REFUSED))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Complete a scenario's report before Allure and JUnit see it."""
    report = yield
    return complete(item, call, report) if isinstance(item, ScenarioItem) else report


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Leave the feature when the next test is not in it."""
    if isinstance(item, ScenarioItem):
        keep = nextitem.case.around if isinstance(nextitem, ScenarioItem) else ()
        item.config.stash[RUN].leave(keep)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the record and put golive's exit code in the place of pytest's."""
    run = session.config.stash[RUN]
    run.close()
    if run.is_worker:
        told = session.config.workeroutput  # type: ignore[attr-defined]  # xdist sets it
        told["golive"] = spreading.told(run)
        return
    if not run.met:
        return
    collect_only = bool(session.config.option.collectonly)
    run.code = run.recording.code(int(exitstatus), collect_only=collect_only)
    if not collect_only:
        run.recording.write(run.code)
        config = session.config
        config.hook.pytest_golive_recorded(config=config, out=run.out, code=int(run.code))
        if run.own_timings:
            run.recording.remember_timings(run.timings)
    session.exitstatus = int(run.code)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what came of the scenarios and where the record is."""
    run = config.stash[RUN]
    if run.code is not None and not config.option.collectonly:
        summarise(terminalreporter, run)


# -- xdist


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand a worker what was done once."""
    spreading.hand_over(node.config.stash[RUN], node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep chains on one worker."""
    return spreading.make_scheduler(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Note what a worker is going to run; all workers collect the same."""
    run = node.config.stash[RUN]
    scenarios = [id_ for id_ in ids if is_scenario(id_)]
    if scenarios and not run.recording.expected:
        run.met = True
        _expect(run, scenarios)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker noted."""
    spreading.hear(node.config.stash[RUN], getattr(node, "workeroutput", {}).get("golive", {}))
