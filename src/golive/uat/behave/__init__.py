"""behave inside golive: the Runner for plain ``behave`` and the engine pytest's items call.

``Runner`` is looked up here by behave itself, and only then imported: whoever reads feature files
needs no browser.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Runner"]


def __getattr__(name: str) -> Any:
    if name != "Runner":
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from golive.uat.behave.runner import Runner  # noqa: PLC0415 - see above

    return Runner
