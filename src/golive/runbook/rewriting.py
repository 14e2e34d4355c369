"""A runbook's text with some tasks changed, added or taken out, all else as it was; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from golive.specfile import SpecDocument, flow_yaml

__all__ = ["rewritten"]


def rewritten(
    text: str,
    document: SpecDocument,
    changed: Mapping[str, Mapping[str, Any]],
    removed: Sequence[str],
    added: Sequence[tuple[str, Mapping[str, Any]]],
) -> str:
    """Return the text with new entries of tasks; ``added`` are (task to stand behind, keys).

    Comments between tasks stay. A changed task is written anew on lines of its own.
    """
    lines = text.splitlines()
    tasks = document.data["tasks"]
    begins = [document.line(("tasks", index)) for index in range(len(tasks))]
    ends = [*(line - 1 for line in begins[1:]), _end(document, lines, begins[-1])]
    out = lines[: begins[0] - 1]
    for index, task in enumerate(tasks):
        entry = lines[begins[index] - 1 : ends[index]]
        kept = len(entry)
        while kept and (not entry[kept - 1].strip() or entry[kept - 1].lstrip().startswith("#")):
            kept -= 1
        indent = entry[0][: len(entry[0]) - len(entry[0].lstrip())]
        name = task["id"]
        if name in changed:
            out += _entry(changed[name], indent)
        elif name not in removed:
            out += entry[:kept]
        out += [line for behind, keys in added if behind == name for line in _entry(keys, indent)]
        out += entry[kept:]
    out += lines[ends[-1] :]
    return "\n".join(out) + "\n"


def _end(document: SpecDocument, lines: list[str], last: int) -> int:
    """Return the line on which the list of tasks ends: the next key of the runbook, or the file."""
    later = [document.line((key,)) for key in document.data if document.line((key,)) > last]
    return min(later) - 1 if later else len(lines)


def _entry(keys: Mapping[str, Any], indent: str) -> list[str]:
    first, *rest = flow_yaml(dict(keys)).splitlines()
    return [f"{indent}- {first}", *(f"{indent}   {line.strip()}" for line in rest)]
