"""Find plugins by their entry points; a name taken twice or not found is said by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from golive.contracts import Engine, Source
from golive.errors import SetupError

__all__ = ["engine_names", "load_engine", "load_source"]


def _registered(group: str) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            raise SetupError.of(
                f"plugin '{point.name}'",
                f"is registered twice in {group}: '{other.value}' and '{point.value}'",
                hint="uninstall one of the two packages",
            )
        found[point.name] = point
    return found


def _load(group: str, name: str) -> object:
    known = _registered(group)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise SetupError.of(
            f"plugin '{name}'",
            f"is not registered in {group}",
            hint=f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}",
        )
    return known[name].load()()


def engine_names() -> frozenset[str]:
    """Return the names of all engines, without loading any."""
    return frozenset(_registered("golive.engines"))


def load_engine(name: str) -> Engine:
    """Return a new engine. Raise SetupError when there is none of that name."""
    return cast("Engine", _load("golive.engines", name))


def load_source(name: str) -> Source:
    """Return a new comparison source. Raise SetupError when there is none of that name."""
    return cast("Source", _load("golive.sources", name))
