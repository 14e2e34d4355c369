"""What a scenario does beyond its own text: the concepts its sentences are, the files it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from golive.record.canonical import sha256_file, sha256_hex
from golive.uat.concepts import Concept
from golive.uat.workbook import Workbook
from golive.uat.workfiles import workspace_file

__all__ = ["behind"]

#: A value that looks like the name of a file.
_NAMED = re.compile(r"[\"“「]([^\"“”「」<>{}]+\.[A-Za-z0-9]{1,5})[\"”」]")


def behind(sentences: Iterable[str], book: Workbook, root: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each concept and file sentences use, directly or not, by its name."""
    found: dict[str, str] = {}
    for sentence in sentences:
        for concept in book.concepts_of(sentence):
            found[f"{concept.path}: {concept.sentence}"] = _digest(concept)
            found |= dict(_files(concept.body, root))
        found |= dict(_files((sentence,), root))
    return found


def _digest(concept: Concept) -> str:
    return sha256_hex("\n".join((concept.sentence, *filter(str.strip, concept.body))).encode())


def _files(lines: Iterable[str], root: Path) -> Iterator[tuple[str, str]]:
    for line in lines:
        for name in _NAMED.findall(line):
            if (path := workspace_file(root, name)) is not None:
                yield name, sha256_file(path)
