"""What a running controller prints: one plain line for each thing that happened, and the end."""

from __future__ import annotations

from collections.abc import Iterable

import click

from golive.errors import Problem, SpecError
from golive.report.boundary_words import coverage_lines
from golive.report.words import closing, line_for, local, mode_words, note_words, waits_words
from golive.run.state import RunState
from golive.runbook.lifecycle import TaskProgress

__all__ = ["Teller", "closing_words", "say_problems"]


class Teller:
    """Compares each state with the last one seen and prints what became of each task."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.seen: dict[str, TaskProgress] = {}
        self.phase = ""
        self.calls = 0
        self.asked: set[tuple[str, int]] = set()

    def __call__(self, state: RunState) -> None:
        """Print what is new in a state."""
        if not self.phase:
            mode = mode_words(state, self.language)
            click.echo(line_for(self.language, "run", run=state.run, mode=mode))
        if state.progress.phase != self.phase:
            self.phase = state.progress.phase
            click.echo(
                line_for(self.language, f"phase.{self.phase}", reason=state.progress.abort_reason)
            )
        self._tell_asked(state)
        self._tell_calls(state)
        for task in state.plan.runbook.tasks:
            found = state.progress.of(task.id)
            before = self.seen.get(task.id, TaskProgress())
            if found.state is not before.state:
                click.echo(
                    line_for(
                        self.language, f"state.{found.state}", task=task.id, title=task.title,
                        summary=found.outcome.summary if found.outcome else "",
                        reason=found.reason,
                    )
                )  # fmt: skip
            for key in ("late", "overdue", "waits_for"):
                if getattr(found, key) and not getattr(before, key):
                    waits = key == "waits_for"
                    why = waits_words(found.waits_for, self.language) if waits else found.late
                    click.echo(
                        line_for(self.language, key, task=task.id, title=task.title, reason=why)
                    )
            self.seen[task.id] = found

    def _tell_calls(self, state: RunState) -> None:
        """Say each time the clock calls somebody because the latest safe abort came near."""
        calls = [note for note in state.notes if note.kind == "call"]
        for note in calls[self.calls :]:
            click.echo(f"  ! {note_words(note, self.language)}")
        self.calls = len(calls)

    def _tell_asked(self, state: RunState) -> None:
        """Say once for each failure that it is open whether the run turns back."""
        for task, asked in state.progress.abort_asked.items():
            if (task, asked.attempt) not in self.asked:
                self.asked.add((task, asked.attempt))
                by = local(asked.decide_by, state.plan.runbook.zone)
                click.echo(line_for(self.language, "asked", task=task, role=asked.role, by=by))


def closing_words(state: RunState, language: str) -> str:
    """Return in plain words what a closed run proved."""
    return "\n".join([closing(state, language), *coverage_lines(state, language)])


def say_problems(problems: Iterable[Problem]) -> None:
    """Print warnings; raise SpecError when a problem is more than that."""
    found = tuple(problems)
    for problem in found:
        if problem.warning:
            click.echo(f"warning: {problem}", err=True)
    errors = [problem for problem in found if not problem.warning]
    if errors:
        raise SpecError(*errors)
