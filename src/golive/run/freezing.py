"""Read from the workspace what a release must show: the release lock, and what it would be now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from golive.compare.definition import comparison_digest
from golive.compare.reading import read_comparison
from golive.errors import GoliveError, Problem, SpecError
from golive.gate.lock import (
    Lock,
    LockedComparison,
    LockedProfile,
    LockedRehearsal,
    LockedScenario,
)
from golive.gate.policy import Policy, read_policy
from golive.load.definition import Objective, profile_digest, read_profiles
from golive.project import Project, policy_lines
from golive.record.canonical import canonical, sha256_file, sha256_hex
from golive.runbook.definition import Drill, Rehearsal
from golive.runbook.loaded import Loaded
from golive.runbook.loading import load_rehearsal, load_runbook
from golive.runbook.planning import fingerprint
from golive.runbook.rehearsing import check_rehearsal
from golive.uat.behave.reading import Case, read_case_files
from golive.uat.behave.selecting import Selection, select_cases

__all__ = [
    "PROFILES", "RUNBOOK", "objective_text", "read_lock", "rehearsal_digest", "texts_now",
    "workspace_policy",
]  # fmt: skip

RUNBOOK = "cutover_playbooks/runbook.yaml"
PROFILES = "load/profiles.yaml"
_SEVERITIES = ("S1", "S2", "S3", "S4")
_QUARANTINE = frozenset({"quarantine", "隔离"})


def read_lock(
    project: Project,
    release: str,
    *,
    runbook: str,
    number: int,
    person: str,
    at: datetime,
    change: str = "",
    reason: str = "",
) -> Lock:
    """Read everything a release must show. Raise SpecError with every mistake met on the way."""
    policy = workspace_policy(project)
    loaded = load_runbook(project.root, runbook)
    plan = fingerprint(loaded.runbook, loaded.digests)
    raw = project.raw_environment()
    rehearsals = tuple(_rehearsals(project, policy, loaded, runbook))
    lock = Lock(
        release=release,
        number=number,
        frozen_at=at.astimezone(UTC).isoformat(timespec="microseconds"),
        frozen_by=person,
        change=change,
        reason=reason,
        golive=version("golive"),
        environment=project.environment.value,
        environment_kind=str(raw.get("kind", "test")),
        sites={name: tuple(nodes) for name, nodes in raw.get("sites", {}).items()},
        runbook=runbook,
        system=loaded.runbook.system,
        window=(loaded.runbook.window.start, loaded.runbook.window.end),
        fingerprint=plan,
        steps_sha256=_steps(project.root),
        scenarios=tuple(_scenarios(project, policy)),
        profiles=tuple(_profiles(project, policy)),
        rehearsals=rehearsals,
        comparisons=tuple(_comparisons(project, policy)),
        policy=policy,
    )
    problems = tuple(_gaps(lock, loaded))
    if problems:
        raise SpecError(*problems)
    return lock


def workspace_policy(project: Project) -> Policy:
    """Return the workspace's policy as it is written now. Raise SpecError."""
    demo = project.raw_environment().get("kind", "test") == "demo"
    return read_policy(project.policy, demo=demo, lines=policy_lines(project.root))


def _gaps(lock: Lock, loaded: Loaded) -> Iterator[Problem]:
    """Yield what would make a lock expect nothing, or ask for people who are not there."""
    for name, found, hint in (
        ("scenarios", lock.scenarios, "write features/, or widen uat_scope"),
        ("rehearsals", lock.rehearsals, f"add one of {lock.runbook} to rehearsals/"),
    ):
        if not found:
            yield Problem(subject="release", message=f"would expect no {name}", hint=hint)
    team = loaded.team
    for role, count in lock.policy.quorum.items():
        known = team.roles.get(role)
        people = {*known.people, *known.deputies} if known else set()
        if len(people) < count:
            yield Problem(
                subject=f"quorum '{role}'",
                message=f"asks for {count} people, the team has {len(people)}",
                path=loaded.runbook.team,
                hint=f"set quorum in [tool.golive.policy]; roles: {', '.join(team.roles)}",
            )


# -- scenarios


def _scenarios(project: Project, policy: Policy) -> Iterator[LockedScenario]:
    if not (project.root / "features").is_dir():
        return
    files = read_case_files(project.root, "features", project.language.value)
    problems = [problem for file in files for problem in file.problems]
    if problems:
        raise SpecError(*problems)
    selection = Selection(policy.uat_scope, project.language.value)
    for case in select_cases(files, selection):
        yield _scenario(case, policy)


def _scenario(case: Case, policy: Policy) -> LockedScenario:
    tags = tuple(case.tags)
    folders = Path(case.path).parts[1:-1]
    return LockedScenario(
        id=case.id,
        title=case.name,
        process=folders[0] if folders else "",
        file=case.path,
        line=case.line,
        sha256=case.digest,
        tags=tags,
        requirements=tuple(tag for tag in tags if tag.startswith("REQ-")),
        severity=next((name for name in _SEVERITIES if name in tags), policy.uat_severity),
        quarantined=bool(_QUARANTINE & set(tags)),
    )


def _steps(root: Path) -> str:
    """Return the digest over what any scenario may use: Python phrases, labels, fixtures, hooks.

    A concept counts for the scenarios that use it (``Case.behind``).
    """
    own = [path for path in sorted((root / "steps").rglob("*")) if path.suffix != ".concept"]
    files = [*own, root / "conftest.py", root / "environment.py"]
    found = {
        path.relative_to(root).as_posix(): sha256_file(path)
        for path in files
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sha256_hex(canonical(found))


# -- load, rehearsals, comparisons


def objective_text(objective: Objective) -> str:
    """Return an objective as it stands in a lock: ``POST /api/orders p95_ms <= 2500``."""
    name = f"{objective.name} " if objective.name else ""
    return f"{name}{objective.metric} {objective.op} {objective.value:g}"


def _profiles(project: Project, policy: Policy) -> Iterator[LockedProfile]:
    path = project.root / PROFILES
    if not path.is_file():
        return
    zh = project.language.value == "zh"
    for name, profile in read_profiles(path, shown_as=PROFILES).profiles.items():
        if policy.load_scope and name not in policy.load_scope:
            continue
        user_file = project.root / profile.locustfile
        if not user_file.is_file():
            raise SpecError.of(f"profile '{name}'", "its user file is missing", path=PROFILES)
        yield LockedProfile(
            name=name,
            title=(profile.title_zh if zh else profile.title) or profile.title or name,
            target=profile.target,
            sha256=profile_digest(profile, user_file),
            objectives=tuple(map(objective_text, profile.objectives)),
            level=profile.peak.multiple,
            seconds=float(profile.seconds),
            requirements={
                objective_text(one): one.requirements
                for one in profile.objectives
                if one.requirements
            },
        )


def rehearsal_digest(plan: str, abort_at: str, drills: tuple[Drill, ...]) -> str:
    """Return the digest of what a rehearsal rehearses: plan, abort point and drills."""
    said = {"plan": plan, "abort_at": abort_at, "drills": [asdict(drill) for drill in drills]}
    return sha256_hex(canonical(said))


def _rehearsals(
    project: Project, policy: Policy, loaded: Loaded, runbook: str
) -> Iterator[LockedRehearsal]:
    plan = fingerprint(loaded.runbook, loaded.digests)
    for path in sorted((project.root / "rehearsals").glob("*.yaml")):
        name = path.relative_to(project.root).as_posix()
        rehearsal, document = load_rehearsal(project.root, name)
        wanted = not policy.rehearsal_scope or rehearsal.rehearsal in policy.rehearsal_scope
        if rehearsal.runbook != runbook or not wanted:
            continue
        check_rehearsal(rehearsal, loaded, document)
        yield _rehearsal(rehearsal, name, plan)


def _rehearsal(rehearsal: Rehearsal, path: str, plan: str) -> LockedRehearsal:
    return LockedRehearsal(
        path=path,
        title=rehearsal.title,
        runbook=rehearsal.runbook,
        fingerprint=plan,
        sha256=rehearsal_digest(plan, rehearsal.abort_at, rehearsal.drills),
        drills=tuple(drill.id for drill in rehearsal.drills),
        rollback=bool(rehearsal.abort_at),
    )


def _comparisons(project: Project, policy: Policy) -> Iterator[LockedComparison]:
    zh = project.language.value == "zh"
    found = {path for pattern in policy.dual_run_scope for path in project.root.glob(pattern)}
    for path in sorted(found):
        name = path.relative_to(project.root).as_posix()
        comparison = read_comparison(path, shown_as=name)
        yield LockedComparison(
            path=name,
            title=(comparison.title_zh if zh else comparison.title) or comparison.title,
            sha256=comparison_digest(comparison),
        )


# -- what the lock would be now


def texts_now(project: Project, lock: Lock) -> dict[str, str]:
    """Return the digest of everything the lock names as it is in the workspace now.

    What is gone or cannot be read any more has no entry.
    """
    found = {"steps": _steps(project.root)}
    for part in (
        _scenarios_now, _profiles_now, _rehearsals_now, _comparisons_now, _plan_now, _policy_now,
    ):  # fmt: skip
        try:
            found |= part(project, lock)
        except (GoliveError, OSError):
            continue
    return found


def _scenarios_now(project: Project, lock: Lock) -> dict[str, str]:
    root, language = project.root, project.language.value
    files = dict.fromkeys(item.file for item in lock.scenarios)
    read = [read_case_files(root, name, language) for name in files if (root / name).is_file()]
    return {case.id: case.digest for files_ in read for file in files_ for case in file.cases}


def _profiles_now(project: Project, lock: Lock) -> dict[str, str]:
    found = _profiles(project, lock.policy)
    return {f"{PROFILES}::{item.name}": item.sha256 for item in found}


def _rehearsals_now(project: Project, lock: Lock) -> dict[str, str]:
    loaded = load_runbook(project.root, lock.runbook)
    found = _rehearsals(project, lock.policy, loaded, lock.runbook)
    return {item.path: item.sha256 for item in found}


def _comparisons_now(project: Project, lock: Lock) -> dict[str, str]:
    return {item.path: item.sha256 for item in _comparisons(project, lock.policy)}


def _plan_now(project: Project, lock: Lock) -> dict[str, str]:
    loaded = load_runbook(project.root, lock.runbook)
    return {"plan": fingerprint(loaded.runbook, loaded.digests)}


def _policy_now(project: Project, lock: Lock) -> dict[str, str]:
    return {"policy": "same" if workspace_policy(project) == lock.policy else "other"}
