"""Scenarios run by pytest alone are a run of their own: journal, evidence, and a ledger entry.

A pytest plugin without pytest: it implements the two hooks of ``golive.uat.plugin.specs``. Inside
an attempt of another run (``GOLIVE_ATTEMPT_DIR``) that run keeps the journal, and this does
nothing.
"""

# ruff: noqa: PLC0415 - loaded in every pytest run, so everything else waits for a feature

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from golive.contracts import Environment
    from golive.project import Project
    from golive.run.alone import Alone

__all__ = ["Front", "pytest_configure"]

_TASK = "UAT"


def pytest_configure(config: Any) -> None:
    """Keep the journal of this run's scenarios, unless another run does or this is a worker."""
    if not os.environ.get("GOLIVE_ATTEMPT_DIR") and not hasattr(config, "workerinput"):
        if config.option.stale:
            # xdist hands options on to its workers.
            config.option.only, config.option.only_refused = _stale(config)
        config.pluginmanager.register(Front(), "golive-front")


class Front:
    """Opens the run when its scenarios are known, closes it when their record is written."""

    def __init__(self) -> None:
        self._alone: Alone | None = None
        self._project: Project | None = None
        self._environment: Environment | None = None

    def pytest_golive_expects(
        self, config: Any, out: Path, expected: tuple[str, ...]
    ) -> str | None:
        """Open the run; its intent is on disk before the first scenario begins."""
        from golive.errors import Damaged, GoliveError, SpecError
        from golive.project import load_project

        if self._alone is not None:
            return None
        try:
            self._project = load_project(config.rootpath)
        except SpecError:
            return None  # no workspace of golive's: nothing to record in
        try:
            self._open(config)
        except Damaged as error:
            return str(error)
        except GoliveError as error:
            return str(error)
        if self._alone is not None and (out / "expected.json").is_file():
            text = (out / "expected.json").read_text(encoding="utf-8")
            (self._alone.folder / "expected.json").write_text(text, encoding="utf-8")
        return None

    def _open(self, config: Any) -> None:
        # What the end needs is loaded with it: a module compiled while Playwright's greenlets are
        # about can make CPython 3.11 fail with "AST constructor recursion depth mismatch".
        import golive.engines.uat_outcome  # noqa: F401
        from golive.run.alone import open_alone
        from golive.run.testers import find_tester, tester_label
        from golive.runbook.definition import Task

        project = self._project
        if project is None:
            return
        self._environment = _environment(project)
        option = config.option
        words = [word for word in (option.keyword, option.markexpr) if word]
        task = Task(
            id=_TASK, kind="uat", title="pytest features/", select=option.select or " ".join(words)
        )
        who = str(option.who or os.environ.get("GOLIVE_PERSON", ""))
        labels = {
            "arguments": [str(word) for word in config.invocation_params.args],
            **tester_label(find_tester(project, who)),
        }
        self._alone = open_alone(project, self._environment, task, labels=labels)

    def pytest_golive_recorded(self, config: Any, out: Path, code: int) -> None:
        """Keep the record as evidence and close the run."""
        from golive.errors import GoliveError

        if self._alone is None:
            self.pytest_golive_expects(config, out, ())
        if self._alone is None or self._project is None or self._environment is None:
            return
        from golive.engines.uat_outcome import outcome_of_record

        try:
            outcome = outcome_of_record(
                self._project, self._environment, out, allure=_allure(config), code=code,
                target=str(config.option.target),
            )  # fmt: skip
            self._alone.finish(outcome)
        except GoliveError as error:
            config.get_terminal_writer().line(f"the run was not recorded: {error}", red=True)
        else:
            shown = self._alone.run.relative_to(self._project.root).as_posix()
            config.get_terminal_writer().line(f"\nrun: {shown}")


def _stale(config: Any) -> tuple[list[str], str]:
    """Return the scenarios whose pass or acceptance has been outlived, and why none can be run."""
    from datetime import UTC, datetime

    from golive.errors import GoliveError
    from golive.gate.acceptance import stale_scenarios
    from golive.gate.items import close_world
    from golive.project import load_project
    from golive.record.releases import find_release
    from golive.run.gathering import gather
    from golive.uat.wording import say

    try:
        project = load_project(config.rootpath)
        language = project.language.value
        release = find_release(project.reports, config.getoption("release", ""))
        facts = gather(project, release, at=datetime.now(UTC))
    except GoliveError as error:
        return [], str(error)
    found = list(stale_scenarios(facts, close_world(facts, language)))
    nothing = say(
        language,
        f"release '{release}': no scenario is stale, so there is nothing to run again",
        f"发布“{release}”：没有过期的场景，无需重新执行",
    )
    return found, "" if found else nothing


def _environment(project: Project) -> Environment:
    """Return the environment, without targets when they are not there to be asked."""
    from golive.contracts import Environment
    from golive.errors import SetupError

    try:
        return project.resolve()
    except SetupError:
        raw = project.raw_environment()
        kind = str(raw.get("kind", "test"))
        return Environment(name=project.environment.value, kind=kind, targets={}, facts={})


def _allure(config: Any) -> Path | None:
    folder = getattr(config.option, "allure_report_dir", None)
    return Path(folder) if folder else None
