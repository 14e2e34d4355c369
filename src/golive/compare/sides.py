"""Both sides of a comparison, read: each frozen whole, or compared where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from golive.compare.definition import Comparison
from golive.compare.freezing import freeze
from golive.compare.whole import Whole
from golive.contracts import Context, Snapshot
from golive.errors import SetupError

__all__ = ["Sides", "both_sides"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What was read of both, as of one moment a side."""

    old: Snapshot
    new: Snapshot
    #: Where rows that were not read can be asked for; None when every row is here.
    server: Whole | None = None


@contextmanager
def both_sides(
    spec: Comparison,
    context: Context,
    locate: Callable[[str], Path],
    folder: Path,
    *,
    resume: bool = False,
) -> Iterator[Sides]:
    """Read both sides into ``folder`` by the comparison's engine; a server is asked until the end.

    Raise SetupError as the sources do, or when what ``engine: pushdown`` needs is not there.
    """
    if spec.engine == "duckdb":
        old, new = (
            freeze(spec, side, context, locate, folder, resume=resume) for side in ("old", "new")
        )
        yield Sides(old=old, new=new)
        return
    try:
        from golive.compare.pushdown import pushed_down  # noqa: PLC0415 - Ibis takes a second
    except ModuleNotFoundError as error:
        raise SetupError.of(
            "engine",
            f"'pushdown' needs the package '{error.name}', which is not installed",
            hint="pip install 'golive[pushdown]', or take engine: duckdb",
        ) from error
    with pushed_down(spec, context, locate, folder) as pushed:
        yield Sides(old=pushed.old, new=pushed.new, server=pushed.server)
