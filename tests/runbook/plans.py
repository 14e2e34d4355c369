"""Random runbooks for the property tests: small, without cycles, of every kind."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from golive.runbook.definition import (
    Body,
    Calendar,
    Irreversible,
    Link,
    Person,
    Role,
    Runbook,
    Task,
    Team,
    Until,
    Window,
)  # fmt: skip
from golive.runbook.loading import Loaded
from golive.runbook.planning import Plan, make_plan
from golive.runbook.times import parse_instant

START = "2026-12-05T20:00:00+08:00"
KINDS: tuple[Any, ...] = (
    "command", "command", "command", "command", "checkpoint", "checkpoint",
    "manual", "gate", "wait", "milestone", "uat",
)  # fmt: skip
ASSETS = ("new-db", "files")
TEAM = Team(
    schema="golive/team/v1",
    people={name: Person(name=name) for name in ("li", "mei", "tom", "zhao", "claire")},
    roles={
        "ops": Role(people=("li", "mei")), "check": Role(people=("tom", "mei")),
        "steer": Role(people=("zhao", "claire")),
    },
)  # fmt: skip
WORK = Body(kind="command", argv=("true",), est=(1.0, 2.0))


def _undo(kind: str, minutes: int) -> Any:
    body = Body(kind="manual" if kind == "manual" else "command", argv=("true",), owner="ops",
                est=(1.0, float(minutes)))  # fmt: skip
    return {"body": body, "manual": body, "none": "none", "nothing": None}.get(
        kind, Irreversible(irreversible="it is")
    )


def _links(rng: Random, earlier: list[str]) -> tuple[str | Link, ...]:
    made: list[str | Link] = []
    for name in rng.sample(earlier, min(len(earlier), rng.choice((0, 1, 1, 2, 2, 3)))):
        how = rng.choice(("FS", "FS", "FS", "SS", "lag"))
        lag = "PT3M" if how != "FS" and rng.random() < 0.5 else "PT0S"
        kind = "SS" if how == "SS" else "FS"
        made.append(name if how == "FS" else Link(id=name, type=kind, lag=lag))
    return tuple(made)


def _by_kind(kind: str, name: str, rng: Random) -> dict[str, Any]:
    match kind:
        case "command":
            return {"argv": ("true",)}
        case "uat":
            return {"select": "@smoke"}
        case "checkpoint":
            covers = rng.choice((ASSETS, ASSETS[:1]))
            return {"take": WORK, "covers": covers, "restore": _undo("body", rng.randint(1, 9))}
        case "gate":
            return {"owner": "steer", "quorum": rng.randint(1, 2), "criteria": {name: "passed"}}
        case "wait":
            soon = (parse_instant(START) + timedelta(minutes=4)).isoformat()
            until = rng.choice((Until(at=soon), Until(probe=WORK, every="PT1M")))
            return {"until": until, "timeout": rng.choice(("", "", "PT2M"))}
        case _:
            return {}


def _task(index: int, earlier: list[str], rng: Random, undos: tuple[str, ...]) -> Task:
    name, kind = f"T{index}", rng.choice(KINDS if index else (*KINDS, *["checkpoint"] * 10))
    works = kind in {"command", "checkpoint", "uat", "manual"}
    undo = rng.choice(undos if works else ("none", "nothing"))
    keys: dict[str, Any] = {
        "owner": "ops",
        "after": _links(rng, earlier),
        "locks": rng.choice(((), (), ("db",), ("net",), ("db", "net"))),
        "touches": rng.choice(((), ASSETS[:1], ASSETS[:1], ASSETS, ("queue",))) if works else (),
        "undo": _undo(undo, rng.randint(0, 9)),
        "rerun": rng.choice(("unsafe", "safe")),
        "on_fail": rng.choice(("stop", "stop", "continue", "retry 2", "rollback")),
        "probe": rng.choice((None, None, WORK)) if works else None,
        "verifier": rng.choice(("", "", "check")) if works else "",
        "modes": rng.choice(({},) * 9 + ({"rehearsal": "skip"},)),
    }
    return Task(id=name, kind=kind, title=name, **keys | _by_kind(kind, name, rng))


def tasks(rng: Random, size: int, *, irreversible: bool = True) -> tuple[Task, ...]:
    """Return ``size`` tasks, each after some of those before it."""
    undos = ("body", "body", "body", "manual", "none", "nothing")
    if irreversible:
        undos = (*undos, "irreversible")
    made: list[Task] = []
    for index in range(size):
        made.append(_task(index, [task.id for task in made], rng, undos))
    return tuple(made)


def luck(rng: Random) -> bytes:
    """Return what decides a night: mostly smooth, some nights rough."""
    rough = rng.choice((0.0, 0.1, 0.3, 0.8))
    return bytes(rng.randrange(256) if rng.random() < rough else 0 for _ in range(200))


def plan_of(made: tuple[Task, ...], *, mode: Any = "rehearsal", abort_at: str = "") -> Plan:
    """Return a plan of these tasks over twelve hours, with one blackout."""
    runbook = Runbook(
        schema="golive/runbook/v1", runbook="random", title="Random", system="R",
        zone="Asia/Shanghai", phases=(), streams=(), tasks=made, locks={"db": 1, "net": 2},
        window=Window(start=START, end="2026-12-06T08:00:00+08:00"),
        calendar=Calendar(blackouts=("2026-12-05T20:10:00+08:00/PT5M",)),
    )  # fmt: skip
    loaded = Loaded(runbook=runbook, team=TEAM, warnings=(), digests={})
    return make_plan(loaded, mode=mode, abort_at=abort_at)


def seeds() -> st.SearchStrategy[Random]:
    """Return sources of chance by seed: Hypothesis's own draws are too small to be a night."""
    return st.integers(0, 2**32 - 1).map(Random)
