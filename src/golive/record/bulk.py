"""Make many values at once without stopping to look for cycles among them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["no_cycles"]


@contextmanager
def no_cycles() -> Iterator[None]:
    """Look for no reference cycles meanwhile.

    Every value kept is looked at again and again as their number grows: a third of the time it
    takes to read a long journal, and records have no cycles.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()
