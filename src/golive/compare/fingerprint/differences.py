"""Compare two fingerprints and name every table, definition, file and route that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from golive.compare.fingerprint.prints import (
    DatabasePrint,
    FilePrint,
    Fingerprint,
    RoutePrint,
    TableDigest,
)

__all__ = ["Difference", "compare_fingerprints"]

Value = TypeVar("Value")
#: A sentence's end in English and in Chinese.
Words = tuple[str, str]

_KINDS_ZH = {
    "database": "数据库",
    "table": "表",
    "definition": "定义",
    "file": "文件",
    "route": "路由",
    "fingerprint": "指纹",
}
_GONE = ("is gone", "已不存在")
_NEW = ("was not there before", "事前不存在")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was, or that could not show that it is."""

    #: ``database``, ``table``, ``definition``, ``file``, ``route``, or ``fingerprint`` for all.
    kind: str
    #: A table or definition with its database (``old.orders``), a file's or a route's name.
    name: str
    message: str
    message_zh: str

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, language: str) -> str:
        """Return the difference as a sentence, Chinese for ``zh`` and English else."""
        if language == "zh":
            return f"{_KINDS_ZH[self.kind]} '{self.name}' {self.message_zh}"
        return f"{self.kind} '{self.name}' {self.message}"


def compare_fingerprints(before: Fingerprint, after: Fingerprint) -> tuple[Difference, ...]:
    """Return what differs: databases, then files, then routes; nothing when all is as before.

    What proves nothing is named too: a fingerprint of nothing, a database without any table read,
    a file that was missing both times.
    """
    found = [
        *_databases(before.databases, after.databases),
        *_differing("file", before.files, after.files, _file),
        *_missing_twice(before.files, after.files),
        *_differing("route", before.routes, after.routes, _route),
    ]
    if not (before.databases or before.files or before.routes):
        words = ("shows nothing: nothing was looked at before", "为空：事前未检查任何内容")
        found.append(_difference("fingerprint", "before", words))
    return tuple(found)


def _difference(kind: str, name: str, words: Words) -> Difference:
    return Difference(kind=kind, name=name, message=words[0], message_zh=words[1])


def _differing(
    kind: str,
    before: Mapping[str, Value],
    after: Mapping[str, Value],
    say: Callable[[Value, Value], Words],
    prefix: str = "",
) -> Iterator[Difference]:
    """Yield a difference for every name that is gone, new or changed, by name."""
    for name in sorted({*before, *after}):
        if name not in after:
            yield _difference(kind, prefix + name, _GONE)
        elif name not in before:
            yield _difference(kind, prefix + name, _NEW)
        elif before[name] != after[name]:
            yield _difference(kind, prefix + name, say(before[name], after[name]))


def _databases(
    before: Mapping[str, DatabasePrint], after: Mapping[str, DatabasePrint]
) -> Iterator[Difference]:
    both = [name for name in before if name in after]
    for name in sorted({*before, *after} - {*both}):
        yield _difference("database", name, _GONE if name in before else _NEW)
    for name in sorted(both):
        old, new = before[name], after[name]
        if not old.tables:
            words = ("shows nothing: it had no table to read", "为空：没有可读取的表")
            yield _difference("database", name, words)
        yield from _differing("table", *_shared(old, new), _table, prefix=f"{name}.")
        yield from _differing("definition", old.schema, new.schema, _redefined, prefix=f"{name}.")
        for table in sorted({*old.excluded} ^ {*new.excluded}):
            words = ("was excluded only one of the two times", "仅有一次被排除，无法比较")
            yield _difference("table", f"{name}.{table}", words)


def _shared(
    old: DatabasePrint, new: DatabasePrint
) -> tuple[Mapping[str, TableDigest], Mapping[str, TableDigest]]:
    """Return the tables of both sides without those that one side left out."""
    out = {*old.excluded, *new.excluded}
    before = {name: digest for name, digest in old.tables.items() if name not in out}
    after = {name: digest for name, digest in new.tables.items() if name not in out}
    return before, after


def _table(old: TableDigest, new: TableDigest) -> Words:
    if old.rows == new.rows:
        return (
            f"holds other values than before in its {new.rows:,} rows",
            f"的 {new.rows:,} 行中有内容与事前不同",
        )
    return (
        f"has {new.rows:,} rows, had {old.rows:,} before",
        f"现有 {new.rows:,} 行，事前为 {old.rows:,} 行",
    )


def _redefined(_old: str, _new: str) -> Words:
    return ("is defined otherwise than before", "的定义与事前不同")


def _file(old: FilePrint, new: FilePrint) -> Words:
    if "missing" in {old.kind, new.kind}:
        return _GONE if new.kind == "missing" else _NEW
    said = [
        (field.name, getattr(old, field.name), getattr(new, field.name))
        for field in fields(FilePrint)
        if field.name != "sha256" and getattr(old, field.name) != getattr(new, field.name)
    ]
    if not said:
        return ("has another content than before, of the same size", "大小相同但内容与事前不同")
    return (
        "is not as before: " + ", ".join(f"{name} {now}, was {was}" for name, was, now in said),
        "与事前不同：" + "，".join(f"{name} 现为 {now}，事前为 {was}" for name, was, now in said),
    )


def _missing_twice(
    before: Mapping[str, FilePrint], after: Mapping[str, FilePrint]
) -> Iterator[Difference]:
    for name, found in sorted(before.items()):
        if found.kind == "missing" and after.get(name) == found:
            words = ("shows nothing: it was missing both times", "两次均不存在，无法证明")
            yield _difference("file", name, words)


def _route(old: RoutePrint, new: RoutePrint) -> Words:
    if old.answer == new.answer:
        return (
            f"was asked at {new.url}, before at {old.url}",
            f"查询地址由 {old.url} 变为 {new.url}",
        )
    return (
        f"answers {new.answer}, before {old.answer}",
        f"现返回 {new.answer}，事前为 {old.answer}",
    )
