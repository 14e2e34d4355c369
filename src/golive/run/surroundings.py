"""What a program started for an attempt finds around it: an environment and a private folder."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = [
    "PRIVATE_VARIABLE",
    "make_private",
    "minimal_environment",
    "private_folder",
    "program_environment",
    "remove_private",
]

#: Names the attempt's private folder (0700, in memory, removed at the end) to the engine.
PRIVATE_VARIABLE = "GOLIVE_PRIVATE_DIR"

#: What a worker and the workspace need of the controller's environment, and nothing else.
_KEPT = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV"}
    | {"SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
)
_KEPT_PREFIXES = ("GOLIVE_", "PLAYWRIGHT_", "LC_", "XDG_")
#: What proves that a person is who they say is theirs alone.
_NEVER = frozenset(
    {"GOLIVE_PIN_FILE", "GOLIVE_NEW_PIN_FILE", "GOLIVE_SECOND_PIN_FILE"}
    | {"GOLIVE_TOKEN", "GOLIVE_SECOND_TOKEN", PRIVATE_VARIABLE}
)

#: A shorter secret may stand in an unrelated text by chance.
_TELLING = 8

_PRIVATE_PREFIX = "golive-private-"


def minimal_environment() -> dict[str, str]:
    """Return what a worker and the workspace need of our environment, and nothing else."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _NEVER and (name in _KEPT or name.startswith(_KEPT_PREFIXES))
    }
    # Tasks say `python`, `behave` or `locust` and mean this installation's.
    programs = str(Path(sys.executable).parent)
    path = kept.get("PATH", os.defpath)
    kept["PATH"] = path if programs in path.split(os.pathsep) else f"{programs}{os.pathsep}{path}"
    if sys.prefix != sys.base_prefix:
        kept["VIRTUAL_ENV"] = sys.prefix
    return kept


def program_environment(secrets: Iterable[str]) -> dict[str, str]:
    """Return the environment for a program an engine starts: the minimum, and no secret value.

    ``secrets`` are values; a variable that is or, from eight characters on, holds one is dropped.
    """
    values = [value for value in secrets if value]
    return {
        name: text
        for name, text in minimal_environment().items()
        if not any(text == value or (len(value) >= _TELLING and value in text) for value in values)
    }


def make_private() -> Path:
    """Make a 0700 folder outside the record, in memory where possible, for secrets in use.

    Inside an attempt it lies in the attempt's own, which the worker removes whatever happens.
    """
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes the folder 0700 with a fresh name
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    around = os.environ.get(PRIVATE_VARIABLE) or (memory if usable else None)
    return Path(tempfile.mkdtemp(prefix=_PRIVATE_PREFIX, dir=around))


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a private folder for the length of a ``with`` block."""
    folder = make_private()
    try:
        yield folder
    finally:
        remove_private(folder)


def remove_private(folder: Path) -> None:
    """Remove a folder :func:`make_private` made; any other is left alone."""
    if folder.name.startswith(_PRIVATE_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
