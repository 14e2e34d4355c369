"""Run a workspace's ``async def`` steps beside Playwright, whose own loop holds the thread."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["Apart"]


class Apart:
    """One thread for asynchronous steps, so that they share an event loop among themselves.

    While no loop runs in the caller's thread, which is so until a browser has started, a step is
    called as behave calls it.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a step function that runs apart when it must; others are returned unchanged."""
        if not inspect.iscoroutinefunction(getattr(function, "__wrapped__", None)):
            return function

        def call(*args: Any, **kwargs: Any) -> Any:
            if not _loop_runs():
                return function(*args, **kwargs)
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "golive-async-steps", initializer=_open_loop)
            here = contextvars.copy_context()
            return self._thread.submit(here.run, function, *args, **kwargs).result()

        # behave says where a step stands by its function.
        call.__wrapped__ = function  # type: ignore[attr-defined]  # as functools.wraps does
        call.__name__ = getattr(function, "__name__", "step")
        call.__module__ = function.__module__
        return call

    def close(self) -> None:
        """End the thread and its event loop."""
        if self._thread is not None:
            self._thread.submit(_close_loop).result()
            self._thread.shutdown()
            self._thread = None


def _open_loop() -> None:
    """Give this thread the loop that behave then finds, so that somebody can close it."""
    asyncio.set_event_loop(asyncio.new_event_loop())


def _close_loop() -> None:
    loop = asyncio.get_event_loop_policy().get_event_loop()
    asyncio.set_event_loop(None)
    loop.close()


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
