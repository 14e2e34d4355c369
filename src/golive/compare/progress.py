"""How far a comparison is, while it works: what is read, rows per second, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from golive.compare.database import Connection
from golive.contracts import Context, Snapshot

__all__ = [
    "again_words",
    "compared_words",
    "divided_words",
    "matching_words",
    "pushed_words",
    "read_anew_words",
    "read_words",
    "reading_words",
    "say_unchanged",
    "told_of_matching",
    "told_of_reading",
    "used_again_words",
]

#: Seconds between two lines.
_EVERY = 5.0
_SIDE_ZH = {"old": "旧系统", "new": "新系统"}


@contextmanager
def told_of_reading(
    context: Context, side: str, folder: Path, every: float = _EVERY
) -> Iterator[None]:
    """Say every few seconds how much of a side's snapshot is written."""

    def words(seconds: float) -> str:
        written = sum(path.stat().st_size for path in folder.glob("*.part"))
        return reading_words(side, written, seconds, context.language)

    with _told(context, words, every):
        yield


@contextmanager
def told_of_matching(
    connection: Connection, context: Context, rows: int, every: float = _EVERY
) -> Iterator[None]:
    """Say every few seconds how far the query is that joins this many rows, and when it is done."""
    started = time.monotonic()
    # DuckDB counts only when asked to show; it must not print.
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")

    def words(seconds: float) -> str:
        return matching_words(connection.query_progress() / 100, rows, seconds, context.language)

    with _told(context, words, every):
        yield
    context.say(compared_words(rows, time.monotonic() - started, context.language))


@contextmanager
def _told(context: Context, words: Callable[[float], str], every: float) -> Iterator[None]:
    done = Event()

    def look() -> None:
        turns = 0
        while not done.wait(every):
            turns += 1
            line = words(turns * every)
            if line:
                context.say(line)

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def say_unchanged(context: Context, buckets: Mapping[str, Any] | None) -> None:
    """Say which side's checksums are those of the last comparison, and how many are not."""
    for side in ("old", "new") if buckets else ():
        found = (buckets or {})[side]
        if found["changed"] is None:
            continue
        since, changed, parts = found["unchanged_since"], found["changed"], len(found["sums"])
        if context.language == "zh":
            state = f"自 {since} 起未变化" if since else f"{parts} 个分区中 {changed} 个有变化"
            context.say(f"{_SIDE_ZH[side]}：校验和显示{state}；仍已完整比对")
        else:
            state = f"unchanged since {since}" if since else f"{changed} of {parts} parts changed"
            context.say(f"{side}: {state} by its checksums; compared in full all the same")


def reading_words(side: str, written: int, seconds: float, language: str) -> str:
    """Tell how many bytes are written after so many seconds."""
    size = f"{written / 1e6:,.1f} MB"
    if language == "zh":
        return f"正在读取{_SIDE_ZH[side]}：已写入 {size}，用时 {seconds:,.0f} 秒"
    return f"reading {side}: {size} written after {seconds:,.0f} s"


def read_words(side: str, snapshot: Snapshot, seconds: float, language: str) -> str:
    """Tell what was read, how, and how fast."""
    speed = _speed(snapshot.rows, seconds, language)
    if language == "zh":
        how = f"{snapshot.reader}，{snapshot.watermark}"
        return f"{_SIDE_ZH[side]}：{snapshot.rows:,} 行，{how}{speed}"
    return f"{side}: {snapshot.rows:,} rows by {snapshot.reader}, {snapshot.watermark}{speed}"


def pushed_words(old: Snapshot, new: Snapshot, settled: int, seconds: float, language: str) -> str:
    """Tell what a server compared itself and how many rows of each side it gave."""
    speed = _speed(old.rows + new.rows, seconds, language)
    here = f"{old.rows - settled:,} + {new.rows - settled:,}"
    if language == "zh":
        return f"服务器内比对：{settled:,} 对相等行留在原处，读取其余 {here} 行{speed}"
    return f"compared in the server: {settled:,} pairs are equal, {here} other rows are read{speed}"


def used_again_words(side: str, snapshot: Snapshot, language: str) -> str:
    """Tell that what was read before an interruption still holds."""
    clock = snapshot.clock.isoformat(timespec="seconds")
    if language == "zh":
        return f"{_SIDE_ZH[side]}：{snapshot.rows:,} 行，自 {clock} 读取后未变化，直接使用"
    return f"{side}: {snapshot.rows:,} rows read before, unchanged since {clock}, are used again"


def read_anew_words(side: str, snapshot: Snapshot, language: str, *, known: bool) -> str:
    """Tell why what was read before an interruption is not used: changed, or nobody can tell."""
    clock = snapshot.clock.isoformat(timespec="seconds")
    if language == "zh":
        why = "数据源已发生变化" if known else "无法确认数据源未变化"
        return f"{_SIDE_ZH[side]}：{clock} 读取过，但{why}，重新读取"
    why = "it has changed since" if known else "nobody can tell that it is unchanged"
    return f"{side}: was read at {clock}, but {why}; it is read again"


def matching_words(share: float, rows: int, seconds: float, language: str) -> str:
    """Tell the share done of a query, its rows per second and the time left; empty at its start.

    ``share`` is DuckDB's own estimate, 0 to 1; below 0 it has none.
    """
    if not 0 < share < 1:
        return ""
    speed = _speed(share * rows, seconds, language)
    left = seconds * (1 - share) / share
    if language == "zh":
        return f"正在逐行比对：{share:.0%}{speed}，约剩 {left:,.0f} 秒"
    return f"matching: {share:.0%}{speed}, about {left:,.0f} s left"


def divided_words(parts: int, language: str) -> str:
    """Tell that rows were matched part by part, because all at once exceeded the memory."""
    if language == "zh":
        return f"数据超出可用内存，已分成 {parts} 个分区逐一比对"
    return f"rows exceed the memory together, so they were matched in {parts} parts"


def again_words(seconds: float, language: str) -> str:
    """Tell that both sides are read once more, after so many seconds."""
    if language == "zh":
        return f"读取期间有数据变动；{seconds:g} 秒后再次读取"
    return f"rows were changing while they were read; reading again in {seconds:g} s"


def compared_words(rows: int, seconds: float, language: str) -> str:
    """Tell how many rows of both sides were compared, and how fast."""
    speed = _speed(rows, seconds, language)
    if language == "zh":
        return f"已比对 {rows:,} 行，用时 {seconds:,.1f} 秒{speed}"
    return f"compared {rows:,} rows in {seconds:,.1f} s{speed}"


def _speed(rows: float, seconds: float, language: str) -> str:
    if seconds <= 0 or rows <= 0:
        return ""
    return (
        f"，{rows / seconds:,.0f} 行/秒" if language == "zh" else f", {rows / seconds:,.0f} rows/s"
    )
