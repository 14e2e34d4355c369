"""The new system's settings, one file for each node: what a site must not have otherwise.

A node reads ``config/<node>.json`` of the demo folder at its start. ``/version`` tells the
settings and their digest, so that unequal nodes show before the night.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from demo.site import DemoError, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["NODES", "Rules", "Settings", "read_settings", "write_settings"]

#: The nodes of the new system and the site each stands at.
NODES = {"new": "site-a", "new_b": "site-b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the business decided and operations entered; the same on every node."""

    #: Whether an order over the customer's credit limit is refused at its approval.
    credit_check: bool = True
    #: Days from an invoice to its due date.
    payment_term_days: int = 30
    #: Whether nobody may approve an order of their own.
    four_eyes: bool = True

    def digest(self) -> str:
        """Return the SHA-256 over the settings, in hex."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def texts(self) -> dict[str, str]:
        """Return the settings by name as people read them: ``yes``, ``no``, ``30``."""
        words = {True: "yes", False: "no"}
        return {
            name: words[value] if isinstance(value, bool) else str(value)
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a node goes by: its settings, and the fault that is switched on (mostly none)."""

    settings: Settings = Settings()
    fault: str = ""


def read_settings(folder: Path, node: str) -> Settings:
    """Return a node's settings; the defaults when it has no file.

    Raise DemoError when the file names an unknown setting or a value of another type.
    """
    path = folder / "config" / f"{node}.json"
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise DemoError(f"'{path}' cannot be read: {error}") from error
    known = {field.name: type(getattr(Settings(), field.name)) for field in fields(Settings)}
    for name, value in found.items():
        if name not in known:
            raise DemoError(f"'{path}' has an unknown setting '{name}'")
        if type(value) is not known[name]:
            raise DemoError(f"'{path}': '{name}' must be a {known[name].__name__}")
    return Settings(**found)


def write_settings(folder: Path, node: str, settings: Settings) -> None:
    """Write a node's settings; it takes them at its next start."""
    text = json.dumps(asdict(settings), indent=1, sort_keys=True) + "\n"
    write_atomically(folder / "config" / f"{node}.json", text)
