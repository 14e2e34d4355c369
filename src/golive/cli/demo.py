"""golive demo: a whole go-live of the demo pair; simulated people press the same commands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click

from golive.cli.options import env_option, lang_option, project_here
from golive.errors import ExitCode, SetupError
from golive.project import Project
from golive.record.runs import list_runs
from golive.report.words import say
from golive.run.opening import read_run
from golive.run.state import RunState
from golive.runbook.definition import Task
from golive.runbook.lifecycle import TaskState
from golive.runbook.moves import waits_for_people

__all__ = ["demo", "take_part"]

_REHEARSAL = "rehearsals/dress.yaml"
#: Seconds between the simulated people's looks at the run.
_GLANCE = 0.2


@click.command()
@click.option("--orders", default=20_000, show_default=True, help="Size of the old system's data.")
@click.option("--keep-running", is_flag=True, help="Leave the pair running afterwards.")
@env_option
@lang_option
def demo(orders: int, environment: str, lang: str | None, *, keep_running: bool) -> None:
    """Run the demo go-live from a fresh pair to its proven rollback."""
    project = project_here(environment, lang)
    if not (project.root / "demo" / "__main__.py").is_file():
        raise SetupError.of(
            "demo", "this workspace has no demo pair", hint="run it in golive's own repository"
        )
    language = project.language.value
    try:
        _prepare(project, orders)
        code = _rehearse(project)
    finally:
        if not keep_running:
            _demo(project, "down")
    runs = list_runs(project.runs)
    if runs:
        verified = _golive(project, "verify", runs[-1].name)
        code = code or verified
        record = runs[-1].relative_to(project.root).as_posix()
        look = say(language, "Look further", "继续查看")
        click.echo(f"\n{look}:  golive status {runs[-1].name}\n{record}")
    sys.exit(code)


def _prepare(project: Project, orders: int) -> None:
    """Make a fresh pair: stop what runs, fill the old system anew, start both and the gateway."""
    language = project.language.value
    size = {"customers": max(20, orders // 10), "products": max(40, orders // 4), "orders": orders}
    click.echo(
        say(
            language,
            "An old order-to-cash system with {customers} customers, {products} products and "
            "{orders} orders is filled, and an empty new one is started beside it.",
            "准备旧系统（{customers}个客户、{products}种产品、{orders}张订单），并启动一套空的新系统。",
        ).format(**size)
    )
    _demo(project, "down")
    words = [part for key, value in size.items() for part in (f"--{key}", str(value))]
    for command in (["generate", "--replace", *words], ["up"]):
        if _demo(project, *command):
            raise SetupError.of(
                "demo", f"'python -m demo {command[0]}' failed", hint="read what it said above"
            )


def _demo(project: Project, *words: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "demo", *words], cwd=project.root, check=False
    ).returncode


def _golive(project: Project, *words: str, quiet: bool = False) -> int:
    """Press one golive command as anybody would; simulated people are marked as such."""
    return subprocess.run(
        [sys.executable, "-m", "golive", *words],
        cwd=project.root,
        check=False,
        env={**os.environ, "GOLIVE_SIMULATED": "1", "GOLIVE_LANG": project.language.value},
        stdout=subprocess.DEVNULL if quiet else None,
    ).returncode


def _rehearse(project: Project) -> int:
    """Run the rehearsal in a controller of its own while simulated people do their part."""
    before = set(list_runs(project.runs))
    controller = subprocess.Popen(
        [sys.executable, "-m", "golive", "rehearse", _REHEARSAL],
        cwd=project.root,
        env={**os.environ, "GOLIVE_LANG": project.language.value},
    )
    try:
        pressed: set[tuple[str, str]] = set()
        while controller.poll() is None:
            new = [folder for folder in list_runs(project.runs) if folder not in before]
            if new:
                take_part(project, new[0], pressed)
            time.sleep(_GLANCE)
    except KeyboardInterrupt:
        controller.wait()
        return int(ExitCode.STOPPED)
    return controller.returncode


def take_part(project: Project, folder: Path, pressed: set[tuple[str, str]]) -> None:
    """Let each simulated person do what the run asks of them, once per state of a task."""
    state = read_run(folder)
    for name in () if state.closed else waits_for_people(state.plan, state.progress):
        task, found = state.plan.task(name), state.progress.of(name)
        key = (name, f"{found.state}{found.attempts}{found.undos}")
        if key in pressed:
            continue
        pressed.add(key)
        for words in _presses(state, task):
            click.echo(f"      ({' '.join(words)})")
            _golive(project, *words, quiet=True)


def _presses(state: RunState, task: Task) -> list[list[str]]:
    """Return the commands the right people press for a task: they never help a failure along."""
    run, found, roles = state.run, state.progress.of(task.id), state.plan.team.roles
    if task.kind == "gate" and found.state is TaskState.WAITING:
        if task.id not in state.progress.evaluated:
            return []
        choice = "go" if state.progress.evaluated[task.id] else "no-go"
        voters = roles[task.owner].people[: task.quorum]
        seen = ["--reason", "all criteria seen"]
        return [["decide", task.id, choice, "--run", run, "--as", who, *seen] for who in voters]
    if task.kind == "manual" and found.state is TaskState.WAITING:
        return [["task", run, task.id, "complete", "--as", roles[task.owner].people[0]]]
    if found.state is TaskState.VERIFYING:
        return [["task", run, task.id, "verify", "--as", roles[task.verifier].people[0]]]
    lead = roles["lead"].people[0]
    reason = f"{task.id} is {found.state}; the lead turns back"
    return [["run", run, "abort", "--as", lead, "--reason", reason]]
