"""Several processes (xdist): chains stay on one worker, run-once hooks run in the controller."""

# ruff: noqa: PLC0415 - imports wait for the first feature

from __future__ import annotations

import base64
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from golive.errors import ExitCode, GoliveError, SpecError
from golive.uat.plugin.run import RUN, Run

__all__ = [
    "begin_once",
    "hand_over",
    "hear",
    "make_scheduler",
    "spreads",
    "take_over",
    "told",
]

_ONCE = re.compile(r"^def (before_all|after_all)\b", re.MULTILINE)
#: Attribute of a worker's input: what ``before_all`` left, or that it broke.
_KEY = "golive_given"
#: And the scenarios ``--stale`` takes.
_ONLY = "golive_only"


def spreads(config: pytest.Config) -> bool:
    """Return whether this process hands its tests to workers."""
    return config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")


def begin_once(run: Run) -> None:
    """In the controller, run ``before_all`` for all workers; refuse what cannot be handed over."""
    hooks = run.config.rootpath / "environment.py"
    if run.config.option.collectonly or not _has(hooks) or not _finds_features(run.config):
        return
    run.met = True
    try:
        left = run.engine.begin()
        run.given = {name: _packed(name, value) for name, value in left.items()}
    except SpecError as error:
        run.recording.problems.append(str(error))
        pytest.exit(str(error), returncode=int(ExitCode.REFUSED))
    except GoliveError as error:
        run.recording.troubles.append(str(error))
        pytest.exit(str(error), returncode=int(ExitCode.BROKEN))


def _has(hooks: Path) -> bool:
    try:
        return _ONCE.search(hooks.read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False


def _finds_features(config: pytest.Config) -> bool:
    """Return whether an argument is, or holds, a feature file; pytest has not collected yet."""
    places = [config.invocation_params.dir / str(one).partition("::")[0] for one in config.args]
    return any(
        place.suffix == ".feature" or next(place.rglob("*.feature"), None) is not None
        for place in places
    )


def _packed(name: str, value: Any) -> str:
    try:
        data = pickle.dumps(value)
        pickle.loads(data)  # noqa: S301 - our own bytes; a class may pack and not unpack
    except Exception as error:
        raise SpecError.of(
            f"before_all: 'context.{name}'",
            "cannot be handed to other processes",
            path="environment.py",
            hint="open it in before_worker(context), which runs in each process",
        ) from error
    return base64.b64encode(data).decode("ascii")


def hand_over(run: Run, node: Any) -> None:
    """Put what ``before_all`` left into a worker's input, and which scenarios are stale."""
    if run.config.option.stale:
        node.workerinput[_ONLY] = list(run.config.option.only)
    if run.given is not None:
        node.workerinput[_KEY] = dict(run.given)


def take_over(run: Run) -> None:
    """In a worker, take what the controller's ``before_all`` left, and what is stale."""
    run.config.option.only = getattr(run.config, "workerinput", {}).get(_ONLY, [])
    given: Mapping[str, str] | None = getattr(run.config, "workerinput", {}).get(_KEY)
    if given is not None:
        run.given = {
            name: pickle.loads(base64.b64decode(text))  # noqa: S301 - our controller's bytes
            for name, text in given.items()
        }


def told(run: Run) -> dict[str, Any]:
    """Return what a worker tells its controller at the end, as plain data."""
    if not run.met:
        return {"met": False}
    return {
        "met": True,
        "facts": run.recording.facts,
        "troubles": run.recording.troubles,
        "shard": dict(run.recording.shard),
    }


def hear(run: Run, told: Mapping[str, Any]) -> None:
    """In the controller, take over what a worker told."""
    run.met = run.met or bool(told.get("met"))
    if told.get("facts"):
        run.recording.learn(told["facts"])
    if told.get("troubles"):
        run.recording.troubles += told["troubles"]
    if told.get("shard"):
        run.recording.shard = told["shard"]


def make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return xdist's scheduler with chains kept whole; None leaves another choice to xdist."""
    if config.getoption("dist") != "load" or not _finds_features(config):
        return None
    from xdist.scheduler import LoadScopeScheduling

    class _Whole(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        """Each test by itself, but a chain's members in order on one worker."""

        def _split_scope(self, nodeid: str) -> str:
            return config.stash[RUN].chain(nodeid) or nodeid

    return _Whole(config, log)
