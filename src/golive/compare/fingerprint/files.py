"""Fingerprint files and folders by name, permissions and content."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from golive.compare.fingerprint.prints import FilePrint
from golive.errors import GoliveError, SetupError
from golive.record.canonical import sha256_file

__all__ = ["fingerprint_files"]


def fingerprint_files(paths: Iterable[str | Path], root: Path) -> Mapping[str, FilePrint]:
    """Return every name at and below the paths (relative to ``root`` or absolute), sorted.

    Links are recorded as links and not followed. A path that is not there is recorded as missing.
    Raise SetupError naming what cannot be read.
    """
    found: dict[str, FilePrint] = {}
    for path in paths:
        for one in _below(root / path):
            try:
                found[_name(one, root)] = _print(one)
            except OSError as error:
                raise _unreadable(one, error) from error
    return dict(sorted(found.items()))


def _below(path: Path) -> Iterator[Path]:
    yield path
    if path.is_symlink() or not path.is_dir():
        return
    for folder, folders, files in os.walk(path, onerror=_stop):
        yield from (Path(folder, name) for name in (*folders, *files))


def _stop(error: OSError) -> None:
    """Raise: a folder that cannot be listed would pass for an empty one."""
    raise _unreadable(Path(error.filename), error) from error


def _unreadable(path: Path, error: OSError) -> GoliveError:
    return SetupError.of(
        f"file '{path}'",
        f"cannot be fingerprinted: {error.strerror}",
        hint="give golive read access to it",
    )


def _name(path: Path, root: Path) -> str:
    """Return the name relative to the root, fit for JSON."""
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return os.fsencode(shown.as_posix()).decode("utf-8", "backslashreplace")


def _print(path: Path) -> FilePrint:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return FilePrint(kind="missing")
    if stat.S_ISLNK(found.st_mode):
        target = os.fsencode(path.readlink()).decode("utf-8", "backslashreplace")
        return FilePrint(kind="link", target=target)
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    if stat.S_ISREG(found.st_mode):
        return FilePrint(kind="file", size=found.st_size, mode=mode, sha256=sha256_file(path))
    return FilePrint(kind="folder" if stat.S_ISDIR(found.st_mode) else "other", mode=mode)
