"""Hand a scenario's steps and pictures to allure-pytest, which alone writes Allure results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import allure as allure_pytest_api

from golive.uat.behave.reading import Case
from golive.uat.results import Result

__all__ = ["AllureBridge", "attach_details", "describe_case", "requirements_of"]

#: allure-pytest ships without types.
allure: Any = allure_pytest_api

#: Tags that name a requirement, as ``@REQ-O2C-3`` or ``@req:SO-12``.
_REQUIREMENT = ("req-", "req:", "需求-", "需求:")


class AllureBridge:
    """An observer: each Gherkin step becomes an Allure step with its pictures inside.

    ``not_run`` is the exception by which allure-pytest knows a skipped step.
    """

    def __init__(self, not_run: BaseException) -> None:
        self._not_run = not_run
        #: Steps begun and not ended, the outermost first.
        self._steps: list[Any] = []

    def step_begins(self, text: str) -> None:
        """Open the step."""
        step = allure.step(text)
        step.__enter__()
        self._steps.append(step)

    def step_ends(self, error: BaseException | None, pictures: Sequence[Path]) -> None:
        """Attach the pictures of the step begun last and close it."""
        for path in pictures:
            if path.is_file():
                allure.attach.file(str(path), path.stem, allure.attachment_type.JPG)
        if self._steps:
            # Without its traceback: the report is read by people who write no code.
            kind = type(error) if error is not None else None
            self._steps.pop().__exit__(kind, error, None)

    def step_not_run(self, text: str) -> None:
        """Show a step that was never reached."""
        with_reason = self._not_run
        step = allure.step(text)
        step.__enter__()
        step.__exit__(type(with_reason), with_reason, None)


class _Cell:
    """A cell of an examples row: Allure would put quotes around a text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def describe_case(case: Case) -> None:
    """Give the Allure result its title, suites, parameters, language and requirement links."""
    allure.dynamic.title(case.name)
    folders = Path(case.path).parent.parts
    allure.dynamic.parent_suite(" / ".join(folders[1:]) or (folders[0] if folders else "features"))
    allure.dynamic.suite(case.feature)
    if case.rule:
        allure.dynamic.sub_suite(case.rule)
    allure.dynamic.label("language", case.language)
    # By it the report finds this result again, whatever rule or row the scenario stands in.
    allure.dynamic.label("golive.id", case.id)
    for name, value in case.row.items():
        allure.dynamic.parameter(name, _Cell(value))
    for requirement in requirements_of(case.tags):
        allure.dynamic.link(requirement, link_type="tms", name=requirement)


def requirements_of(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the requirements that tags name: ``REQ-O2C-3``; a ``req:`` in front is taken off."""
    found = [tag for tag in tags if tag.lower().startswith(_REQUIREMENT)]
    return tuple(tag.partition(":")[2] if ":" in tag else tag for tag in found)


def attach_details(out: Path, result: Result) -> None:
    """Attach the technical details of a result, for whoever wrote the steps."""
    if result.details:
        allure.attach.file(str(out / result.details), "details", allure.attachment_type.TEXT)
