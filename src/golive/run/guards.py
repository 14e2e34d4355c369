"""What must hold before a live cutover begins: all guards are asked, all unmet ones are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from golive.contracts import Environment
from golive.errors import GoliveError, Problem, Refused
from golive.gate.assessment import Assessment
from golive.gate.criteria import CriterionState
from golive.gate.facts import Facts
from golive.project import Project
from golive.record.ledger import verify_ledger
from golive.record.releases import ledger_path, list_releases
from golive.record.runs import list_runs
from golive.run.control import is_controlled
from golive.run.gathering import gather
from golive.run.opening import read_run
from golive.runbook.duty import hands
from golive.runbook.lint import roster_holes
from golive.runbook.planning import Plan
from golive.runbook.safety import deciders
from golive.runbook.times import parse_instant
from golive.runbook.turning_back import abort_role

__all__ = ["Standing", "file_system_of", "guards", "release_of"]

#: File systems on which the journal's lock and rename hold on one machine alone.
_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs"}
    | {"fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.glusterfs", "davfs", "fuse.davfs2"}
)
#: A cutover turns on these, whatever was decided or waived: the night itself must have been tried.
_ALWAYS = ("record", "plan", "rehearsals", "rehearsal-age", "rollback")
_GOING = frozenset({"go", "conditional"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the guards are asked about, read beforehand."""

    plan: Plan
    environment: Environment
    facts: Facts
    assessment: Assessment
    now: datetime


def release_of(project: Project, runbook: str, *, at: datetime) -> Facts:
    """Return what is known of the release whose lock names the runbook.

    Raise Refused when there is none, or several.
    """
    found: dict[str, Facts] = {}
    for name in list_releases(project.reports):
        facts = gather(project, name, at=at)
        same_place = facts.lock.environment == project.environment.value
        if facts.lock.runbook == runbook and same_place:
            found[name] = facts
    if len(found) == 1:
        return next(iter(found.values()))
    message = "belongs to several releases" if found else "belongs to no frozen release"
    hint = f"name one with --release: {', '.join(found)}" if found else "golive release freeze NAME"
    raise Refused.of(f"runbook '{runbook}'", message, hint=hint)


def guards(project: Project, standing: Standing) -> tuple[Problem, ...]:
    """Return every guard that does not hold, each with the next action; empty: it may begin."""
    return (
        *_machine(project),
        *_place(standing),
        *_ledger(project),
        *_decided(standing),
        *_rehearsed(standing),
        *_window(standing),
        *_roster(standing),
        *_pins(standing),
        *_prints(project, standing),
        *_alone(project, standing),
    )


def _machine(project: Project) -> Iterator[Problem]:
    if sys.platform != "linux":
        yield Problem(
            subject="machine", message="is not Linux, which stopping for certain needs",
            hint="start the cutover on a Linux machine",
        )  # fmt: skip
        return
    kind = file_system_of(project.reports)
    if kind in _REMOTE:
        yield Problem(
            subject="reports/", message=f"is on a network file system ({kind})",
            hint="keep the record on a disk of this machine",
        )  # fmt: skip


def file_system_of(path: Path, mounts: str = "") -> str:
    """Return the type of the file system a path is on; ``mounts`` as /proc/self/mountinfo."""
    text = mounts or Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    best, kind = "", ""
    place = path.resolve()
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4].encode().decode("unicode_escape")
        inside = place == Path(point) or Path(point) in place.parents
        if inside and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind


def _place(standing: Standing) -> Iterator[Problem]:
    kind = standing.environment.kind
    if kind not in {"live", "demo"}:
        yield Problem(
            subject=f"environment '{standing.environment.name}'",
            message=f"is of kind '{kind}', and a cutover is of the live one",
            hint="name it with --env, or rehearse",
        )
    if standing.plan.fingerprint != standing.facts.lock.fingerprint:
        yield Problem(
            subject="plan",
            message=f"is {standing.plan.fingerprint[:12]}, the release was frozen with "
            f"{standing.facts.lock.fingerprint[:12]}",
            path=standing.facts.lock.runbook,
            hint="freeze it by a change, rehearse and decide again",
        )


def _ledger(project: Project) -> Iterator[Problem]:
    try:
        yield from verify_ledger(ledger_path(project.reports)).problems
    except GoliveError as error:
        yield from error.problems


def _decided(standing: Standing) -> Iterator[Problem]:
    found = standing.assessment
    subject = f"release '{found.release}'"
    if found.decided in _GOING:
        return
    if found.decided:
        hint = "see golive gate"
        yield Problem(subject=subject, message=f"was decided {found.decided}", hint=hint)
        return
    for missing in found.missing:
        yield Problem(
            subject=subject, message=f"has no GO: {missing}",
            hint=f"golive decide {found.release} go|no-go|conditional --as PERSON",
        )  # fmt: skip
    for one in found.decisions:
        if one.void and one.decision in _GOING:
            yield Problem(
                subject=f"decision of {one.person}", message=f"does not hold any more: {one.void}",
                hint="look at golive gate and decide again",
            )  # fmt: skip


def _rehearsed(standing: Standing) -> Iterator[Problem]:
    for finding in standing.assessment.findings:
        if finding.id not in _ALWAYS or finding.state is CriterionState.MET:
            continue
        waived = finding.state is CriterionState.WAIVED
        told = f"{finding.found}; a waiver does not open a cutover" if waived else finding.found
        yield Problem(subject=finding.question, message=told, hint=f"needed: {finding.go}")


def _window(standing: Standing) -> Iterator[Problem]:
    window = standing.plan.runbook.window
    start, end = parse_instant(window.start), parse_instant(window.end)
    if standing.now < start - timedelta(seconds=1):
        yield Problem(
            subject="window", message=f"begins at {window.start}", hint="live never shifts; wait"
        )
    elif standing.now >= end:
        yield Problem(
            subject="window", message=f"ended at {window.end}",
            hint="plan another window, freeze it by a change, rehearse and decide again",
        )  # fmt: skip


def _roster(standing: Standing) -> Iterator[Problem]:
    plan = standing.plan
    if not plan.team.shifts:
        yield Problem(
            subject="roster", message="names nobody for the window", path=plan.runbook.team,
            hint="write the shifts",
        )  # fmt: skip
    for hole in roster_holes(plan.runbook, plan.team):
        yield Problem(subject=hole.subject, message=hole.message, path=hole.path, hint=hole.hint)


def _pins(standing: Standing) -> Iterator[Problem]:
    """Yield who decides or verifies in a live night and could not prove who they are."""
    if standing.environment.kind != "live":
        return
    plan = standing.plan
    gates = [task.owner for task in plan.runbook.tasks if task.kind == "gate"]
    verifiers = [task.verifier for task in plan.runbook.tasks]
    roles = dict.fromkeys([deciders(plan)[0], abort_role(plan), *gates, *verifiers])
    needed: dict[str, list[str]] = {}
    for role in filter(None, roles):
        for name in hands(plan.team, role):
            needed.setdefault(name, []).append(role)
    for name, held in needed.items():
        found = plan.team.people.get(name)
        if found is None or not found.pin:
            yield Problem(
                subject=f"person '{name}'", path=plan.runbook.team,
                message=f"has no PIN and decides or verifies as {', '.join(held)}",
                hint=f"golive team pin {name}",
            )  # fmt: skip


def _prints(project: Project, standing: Standing) -> Iterator[Problem]:
    """Yield that a live way back could not be checked: nothing says what the old system is."""
    name = standing.environment.name
    if standing.environment.kind != "live":
        return
    wanted = project.raw_environment(name).get("fingerprint", {})
    if not any(wanted.get(key) for key in ("databases", "files", "routing")):
        yield Problem(
            subject=f"environment '{name}'", path="pyproject.toml",
            message="does not say what of the old system is compared after a way back",
            hint=f"add [tool.golive.environments.{name}.fingerprint]",
        )  # fmt: skip


def _alone(project: Project, standing: Standing) -> Iterator[Problem]:
    for folder in list_runs(project.runs):
        try:
            state = read_run(folder)
        except GoliveError:
            continue  # the criterion on the record names it
        same = state.environment.get("name") == standing.environment.name
        if state.closed or not same or state.plan.mode == "check":
            continue
        if state.plan.mode == "live" or is_controlled(folder):
            yield Problem(
                subject=f"run '{folder.name}'", message="is not closed",
                hint=f"golive resume {folder.name}, or look: golive status {folder.name}",
            )  # fmt: skip
