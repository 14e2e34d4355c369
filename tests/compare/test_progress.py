"""What is said while a comparison works."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event

import duckdb
import pytest

from golive.compare.progress import (
    compared_words,
    matching_words,
    read_anew_words,
    reading_words,
    told_of_matching,
    told_of_reading,
)
from golive.contracts import Snapshot
from golive.testing import RecordedContext


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "matching: 25%, 500,000 rows/s, about 30 s left"),
        ("zh", "正在逐行比对：25%，500,000 行/秒，约剩 30 秒"),
    ],
)
def test_rows_per_second_and_time_left(language, said):
    assert matching_words(0.25, 20_000_000, 10, language) == said


@pytest.mark.parametrize("share", [-0.01, 0, 1])
def test_nothing_is_said_where_nothing_is_known(share):
    assert matching_words(share, 10, 5, "en") == ""


def test_what_was_done_is_said():
    assert compared_words(2_000_000, 2, "en") == (
        "compared 2,000,000 rows in 2.0 s, 1,000,000 rows/s"
    )
    assert reading_words("old", 2_500_000, 5, "zh") == "正在读取旧系统：已写入 2.5 MB，用时 5 秒"


class Heard(RecordedContext):
    """Knows when something was said."""

    def say(self, line):
        super().say(line)
        self.heard.set()


@pytest.fixture
def context(tmp_path):
    found = Heard(workspace=tmp_path, workdir=tmp_path)
    found.heard = Event()
    return found


def test_a_long_query_is_told_of_while_it_runs(context):
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("CREATE TABLE x AS SELECT range AS a FROM range(2000000)")
        with told_of_matching(connection, context, 4_000_000, every=0.001):
            connection.execute("SELECT count(*) FROM x JOIN (SELECT a + 1 AS a FROM x) USING (a)")
    assert len(context.said) > 1
    assert all(line.startswith("matching: ") for line in context.said[:-1])
    assert context.said[-1].startswith("compared 4,000,000 rows in ")


def test_a_long_reading_is_told_of_while_it_runs(context, tmp_path):
    (tmp_path / "snapshot.parquet.part").write_bytes(bytes(1_000_000))
    with told_of_reading(context, "new", tmp_path, every=0.001):
        assert context.heard.wait(60)
    assert context.said[0].startswith("reading new: 1.0 MB written after")


@pytest.mark.parametrize(
    ("language", "known", "said"),
    [
        ("en", True, "old: was read at 2026-11-30T20:00:00+00:00, but it has changed since; it is"),
        ("zh", True, "旧系统：2026-11-30T20:00:00+00:00 读取过，但数据源已发生变化，重新读取"),
        ("zh", False, "旧系统：2026-11-30T20:00:00+00:00 读取过，但无法确认数据源未变化，重新读取"),
    ],
)
def test_why_what_was_read_is_read_again_is_said(tmp_path, language, known, said):
    clock = datetime(2026, 11, 30, 20, tzinfo=UTC)
    snapshot = Snapshot(path=tmp_path, sha256="", rows=1, watermark="", clock=clock, reader="")
    assert read_anew_words("old", snapshot, language, known=known).startswith(said)
