"""What one pytest run knows of its scenarios; empty as long as no feature is met."""

# ruff: noqa: PLC0415 - imports wait for the first feature

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex

import pytest

from golive.errors import ExitCode, GoliveError

if TYPE_CHECKING:
    from golive.uat.behave.engine import Engine
    from golive.uat.behave.reading import Case
    from golive.uat.recording import Recording

__all__ = ["RUN", "Run", "ScenarioBroken", "is_scenario"]


def is_scenario(nodeid: str) -> bool:
    """Tell whether an item, or a file, is of a feature; a test's parameters may name one, too."""
    return nodeid.partition("::")[0].endswith(".feature")


class ScenarioBroken(RuntimeError):
    """The scenario cannot tell: badly written, or something around it broke."""


class _MarkerLine(str):
    """A line of the ``markers`` setting whose marker holds a colon, as ``req:SO-12`` does."""

    __slots__ = ("marker",)
    marker: str

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """Divide marker and description; pytest splits the line at its first colon."""
        if sep == ":" and maxsplit == 1:
            return [self.marker, self.removeprefix(f"{self.marker}:")]
        return super().split(sep, maxsplit)


class Run:
    """The state of a run; registered as a plugin for the hooks that are given no config."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        #: Whether a feature file was collected here or in a worker, or one was asked for.
        asked = (config.getoption(name, "") for name in ("select", "target", "stale"))
        self.met = any(map(bool, asked))
        self.code: ExitCode | None = None
        #: What ``before_all`` left in the controller, for its workers; None: each does its own.
        self.given: Mapping[str, Any] | None = None
        self._recording: Recording | None = None
        self._engine: Engine | None = None
        self._language = ""
        self._tags: set[str] = set()
        self._chains: dict[str, dict[str, str]] = {}
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

    def keep_allure(self) -> None:
        """Have Allure's results written although nobody asked: they are evidence of the run."""
        option = self.config.option
        if self.is_worker or option.collectonly or "GOLIVE_ATTEMPT_DIR" in os.environ:
            return
        features = self.config.rootpath / "features"
        start = self.config.invocation_params.dir
        places = [(start / word.partition("::")[0]).resolve() for word in self.config.args]
        asked = any(place == features or features in place.parents for place in places)
        if asked and not getattr(option, "allure_report_dir", "unknown"):
            option.allure_report_dir = str(self.out / "allure-results")
            option.clean_alluredir = True

    def asked_for(self, path: Path, case: Case) -> bool:
        """Return whether a scenario stands on a line asked for; True where no line was given."""
        lines = self.lines.get(path)
        return lines is None or any(case.stands_on(line) for line in lines)

    def register(self, tag: str) -> None:
        """Make a tag a known marker, so that ``-m`` takes it under ``--strict-markers``."""
        if tag not in self._tags:
            self._tags.add(tag)
            line = _MarkerLine(f"{tag}: a tag of this workspace's features")
            line.marker = tag
            self.config.addinivalue_line("markers", line)

    def chain(self, nodeid: str) -> str:
        """Return the chain a test belongs to, for a process that has not collected it."""
        file = nodeid.partition("::")[0]
        if not file.endswith(".feature"):
            return ""
        if file not in self._chains:
            from golive.uat.behave.reading import read_case_file

            read = read_case_file(self.config.rootpath / file, self.config.rootpath, self.language)
            self._chains[file] = {case.id: case.chain for case in read.cases}
        return self._chains[file].get(nodeid, "")

    @cached_property
    def out(self) -> Path:
        """Where the record goes: the attempt's folder, or the workspace's own."""
        folder = os.environ.get("GOLIVE_ATTEMPT_DIR")
        return Path(folder) if folder else self.config.rootpath / "reports" / "uat"

    @property
    def timings(self) -> Path:
        """Where how long each scenario takes is remembered."""
        given = str(self.config.getoption("timings", ""))
        named = self.config.invocation_params.dir / given
        return named if given else self.config.rootpath / "reports" / "uat" / "timings.json"

    @property
    def own_timings(self) -> bool:
        """Whether this run adds to them: not to a file that was named, nor inside an attempt."""
        return not self.config.getoption("timings", "") and "GOLIVE_ATTEMPT_DIR" not in os.environ

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
            from golive.uat.behave.engine import Engine
            from golive.uat.stage import Stage

            option = self.config.option
            stage = Stage(
                self.config.rootpath,
                self.out,
                target=option.target,
                shown=option.show_browser,
                wait=option.wait_for_people * 60,
            )
            bridge = AllureBridge(pytest.skip.Exception("not reached"))
            self._engine = Engine(
                root=self.config.rootpath, stage=stage, observer=bridge, given=self.given
            )
        return self._engine

    def leave(self, keep: tuple[Any, ...]) -> None:
        """Leave the feature the next test is not in. Raise ScenarioBroken when its hook broke."""
        if self._engine is not None and not self._engine.leave(keep):
            raise ScenarioBroken("what the workspace does after the feature broke")

    def close(self) -> None:
        """Stop behave and the browser, keeping what the record says about them."""
        if self._engine is not None:
            self.recording.learn(self._engine.stage.facts())
            engine, self._engine = self._engine, None
            if not engine.stop():
                self.recording.troubles.append("what the workspace does after all broke")

    # hooks that are not given the config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect results; a scenario's last word counts."""
        data = getattr(report, "golive", None)
        if data is not None:
            self.recording.take(data, final=str(report.outcome) != "rerun")
        elif report.failed and not is_scenario(report.nodeid):
            self.recording.others_failed = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected; each worker says the same."""
        text = str(report.longrepr) if report.failed else ""
        if text and text not in self.recording.problems:
            self.met = self.met or is_scenario(report.nodeid)
            self.recording.problems.append(text)


RUN = pytest.StashKey[Run]()
