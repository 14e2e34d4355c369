"""Who starts a run, and that a live one takes its system's name from no script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.run.test_steering import sit
from tests.runbook.conftest import HEAD, TEAM

from golive.cli import cutover as cutover_module
from golive.cli.identity import starter
from golive.contracts import Environment
from golive.errors import Refused
from golive.project import Project, load_project
from golive.record.actors import this_actor
from golive.record.pins import hash_pin
from golive.report.status_data import status_data
from golive.run.control import take_control
from golive.run.opening import read_plan, read_run
from golive.runbook.definition import Team
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan

__all__ = ["sit"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A workspace in which mei has a PIN, given by a file."""
    for name in ("GOLIVE_PERSON", "GOLIVE_SIMULATED", "GOLIVE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    team = TEAM.replace("mei: {name: 陈梅,", f"mei: {{name: 陈梅, pin: '{hash_pin('483920')}',")
    (tmp_path / "team.yaml").write_text(team, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.golive]\nenvironment = "e"\n')
    (tmp_path / "mei.pin").write_text("483920")
    monkeypatch.setenv("GOLIVE_PIN_FILE", str(tmp_path / "mei.pin"))
    return load_project(tmp_path)


@pytest.fixture
def team(project: Project) -> Team:
    (project.root / "runbook.yaml").write_text(
        f"{HEAD}tasks:\n  - {{id: M, kind: milestone, title: M}}\n", encoding="utf-8"
    )
    return load_runbook(project.root, "runbook.yaml").team


def started(project: Project, team: Team, who: str, kind: str) -> tuple[str, str]:
    actor = starter(project, who, team, path="team.yaml", kind=kind)
    return actor.person, actor.assurance


def test_who_starts_is_named_and_proven_where_it_is_live(project: Project, team: Team) -> None:
    assert started(project, team, "", "demo") == ("golive", "system")
    assert started(project, team, "li", "rehearsal") == ("li", "claimed")
    assert started(project, team, "mei", "live") == ("mei", "pin")


@pytest.mark.parametrize(
    ("who", "says"),
    [("", "nobody is named, and this is live"), ("ghost", "is not in the team"),
     ("li", "has no PIN, and this is live")],
)  # fmt: skip
def test_nobody_unproven_starts_a_live_run(
    project: Project, team: Team, who: str, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        starter(project, who, team, path="team.yaml", kind="live")


def test_simulated_people_start_the_demo_alone(
    project: Project, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLIVE_SIMULATED", "1")
    assert started(project, team, "li", "demo") == ("li", "simulated")
    with pytest.raises(Refused, match="is simulated, and this is not the demo"):
        starter(project, "li", team, path="team.yaml", kind="rehearsal")


def test_the_record_says_who_started_and_who_brought_a_controller_back(sit: Any) -> None:
    desk = sit()
    assert desk.state().started_by == ()
    by = this_actor("mei", assurance="pin")
    with take_control(desk.folder, read_plan(desk.folder), by=by) as controller:
        pass
    state = read_run(desk.folder)
    assert state.started_by == ({"person": "mei", "assurance": "pin"},)
    assert state.assurance == {"pin": 1}
    assert status_data(state, controller.now())["started_by"] == [*state.started_by]


@pytest.mark.parametrize(
    ("kind", "system", "typed", "says"),
    [
        ("live", "Small", "", "--system: is for the demo"),
        ("live", "", "Small", ""),
        ("live", "", "small", "'small' is not the name"),
        ("live", "", None, "'' is not the name"),
        ("demo", "Small", None, ""),
        ("demo", "Large", None, "'Large' is not the name"),
    ],
)
def test_the_systems_name_is_typed_at_a_terminal_where_it_is_live(
    project: Project, team: Team, monkeypatch: pytest.MonkeyPatch, kind: str, system: str,
    typed: str | None, says: str,
) -> None:  # fmt: skip
    """``typed`` None stands for no terminal to ask at."""
    loaded = load_runbook(project.root, "runbook.yaml")
    plan = make_plan(loaded, mode="live")
    monkeypatch.setattr(cutover_module.sys.stdin, "isatty", lambda: typed is not None)
    monkeypatch.setattr(cutover_module.click, "prompt", lambda *args, **keys: typed)
    environment = Environment(name="e", kind=kind, targets={}, facts={})
    confirm = cutover_module._confirm
    if says:
        with pytest.raises(Refused, match=says):
            confirm(plan, environment, system, "en")
        return
    assert confirm(plan, environment, system, "en") == ("--system" if system else "terminal")
    other = replace(plan, runbook=replace(plan.runbook, system="Other"))
    with pytest.raises(Refused):
        confirm(other, environment, system, "en")
