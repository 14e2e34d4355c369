"""Freeze one side of a comparison, with what its source is asked to count and add up itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from golive.compare.definition import Comparison
from golive.compare.progress import (
    read_anew_words,
    read_words,
    told_of_reading,
    used_again_words,
)
from golive.compare.resuming import asked, frozen_before, remember, taken_over
from golive.compare.totals import totals_wanted
from golive.contracts import Context, Environment, Snapshot, Stateful
from golive.errors import Refused, SetupError
from golive.plugins import load_source

__all__ = ["asking", "for_cycle", "freeze", "locator"]


def freeze(
    comparison: Comparison,
    side: str,
    context: Context,
    locate: Callable[[str], Path],
    folder: Path,
    *,
    resume: bool = False,
) -> Snapshot:
    """Read one side consistently into ``folder``. Raise SetupError as its source does.

    ``resume``: what an interrupted attempt had read of the very same source is used again.
    """
    query = asking(comparison, side, locate)
    source, key = load_source(getattr(comparison, side).source), asked(query, context)
    if resume and (found := frozen_before(key, side, context)):
        state = source.state(query, context) if isinstance(source, Stateful) else ""
        before = taken_over(found, state, folder / side)
        if before is not None:
            context.say(used_again_words(side, before, context.language))
            return before
        context.say(read_anew_words(side, found[0], context.language, known=bool(state)))
    started = time.monotonic()
    with told_of_reading(context, side, folder / side):
        snapshot = source.snapshot(query, folder / side, context)
    remember(snapshot, key)
    context.say(read_words(side, snapshot, time.monotonic() - started, context.language))
    return snapshot


def asking(comparison: Comparison, side: str, locate: Callable[[str], Path]) -> dict[str, Any]:
    """Return what a source is asked for one side."""
    wanted = getattr(comparison, side)
    return asdict(wanted) | {
        "side": side,
        "totals": totals_wanted(comparison, side),
        "numeric": tuple(
            getattr(item, side)
            for item in comparison.declared
            if item.declared.name in {"decimal", "double"}
        ),
        "path": str(locate(wanted.path)) if wanted.path else "",
    }


def for_cycle(comparison: Comparison, cycle: str) -> Comparison:
    """Return the comparison with the business day in its queries; Refused when it needs one."""
    sides = {}
    for name in ("old", "new"):
        side = getattr(comparison, name)
        if "{cycle}" in side.query + side.where and not cycle:
            raise Refused.of(
                f"side '{name}'",
                "its query asks for a cycle and none is given",
                hint="add --cycle 2026-11-30",
            )
        sides[name] = replace(
            side,
            query=side.query.replace("{cycle}", cycle),
            where=side.where.replace("{cycle}", cycle),
        )
    return replace(comparison, **sides)


def locator(workspace: Path, environment: Environment, cycle: str) -> Callable[[str], Path]:
    """Return how a path of the specification becomes one of this machine."""
    facts = dict(environment.facts) | ({"cycle": cycle} if cycle else {})

    def fact(found: re.Match[str]) -> str:
        if found[1] not in facts:
            raise SetupError.of(
                f"path '{found.string}'",
                f"names '{found[1]}', which environment '{environment.name}' does not know",
                hint=f"it knows {', '.join(sorted(facts)) or 'nothing'}",
            )
        return facts[found[1]]

    return lambda path: workspace / re.sub(r"\{(\w+)\}", fact, path)
