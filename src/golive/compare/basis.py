"""What a clean day of a dual run rests on: the file, the files it names, approved acceptances.

Two days judged by another basis are no streak: what is compared differently is another proof.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from golive.compare.definition import Comparison, comparison_digest
from golive.compare.register import Register
from golive.compare.snapshots import file_state

__all__ = ["basis_of", "named_files"]


def named_files(comparison: Comparison) -> tuple[str, ...]:
    """Return the paths of the files that explain differences, as the comparison writes them.

    Code maps, and the lists of what became of rows and of repaired values. A path with ``{cycle}``
    is not one: such a file is delivered for each day, it is that day's data.
    """
    maps = [part.key_map for part in comparison.key]
    maps += [column.map_file for column in comparison.columns]
    lists = [comparison.accounted, comparison.repairs]
    paths = {item.path for item in (*maps, *lists) if item is not None}
    return tuple(sorted(path for path in paths if "{cycle}" not in path))


def basis_of(comparison: Comparison, register: Register, locate: Callable[[str], Path]) -> str:
    """Return the SHA-256 over what a day is judged by; a file that is not there counts as such.

    Raise SetupError when a path names a fact the environment does not know, as ``locate`` does.
    """
    files: Mapping[str, str] = {path: file_state(locate(path)) for path in named_files(comparison)}
    approved = [asdict(item) for item in register.of(comparison.id)]
    text = json.dumps(
        [comparison_digest(comparison), files, approved], sort_keys=True, ensure_ascii=False
    )
    return sha256(text.encode()).hexdigest()
