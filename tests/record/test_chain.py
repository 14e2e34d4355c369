from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from golive.record.canonical import canonical, sha256_hex
from golive.record.chain import NOTHING, Actor, Record, parse_line, seal, verify_lines

ACTOR = Actor(person="梅", os_user="ops", host="bastion", tty="", assurance="pin")
PLAN = sha256_hex(b"plan")

scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
datas = st.dictionaries(st.text(), values, max_size=3)


def sealed(seq: int, prev: str, data: dict[str, Any]) -> Record:
    at = datetime(2026, 11, 24, 1, 5, seq % 60, 123456, tzinfo=UTC)
    return seal(
        seq=seq, at=at, mono=12.5, boot="b", actor=ACTOR, type="task.done", data=data, prev=prev
    )


def chain(items: list[dict[str, Any]]) -> bytes:
    content, prev = b"", PLAN
    for seq, data in enumerate(items, 1):
        record = sealed(seq, prev, data)
        content += record.line()
        prev = record.hash
    return content


@settings(deadline=None)
@given(data=datas)
def test_a_record_is_read_back_as_it_was_sealed(data: dict[str, Any]) -> None:
    record = sealed(1, PLAN, data)
    assert parse_line(record.line()) == record
    assert parse_line(record.line()).line() == record.line()


def test_the_hash_is_over_the_line_without_it() -> None:
    """The rule as an auditor would check it, with nothing of ours but RFC 8785."""
    found = json.loads(sealed(1, PLAN, {"b": 1, "a": "中"}).line())
    digest = found.pop("hash")
    assert sha256_hex(canonical(found)) == digest
    assert list(found) == ["actor", "at", "boot", "data", "mono", "prev", "seq", "type"]
    assert found["prev"] == PLAN


def test_an_instant_is_written_in_utc() -> None:
    east = timezone(timedelta(hours=8))
    at = datetime(2026, 11, 24, 9, 5, tzinfo=east)
    record = seal(seq=1, at=at, mono=0, boot="", actor=ACTOR, type="x", data={}, prev=PLAN)
    assert b'"at":"2026-11-24T01:05:00.000000+00:00"' in record.line()
    assert record.at == at


@pytest.mark.parametrize(
    "change",
    [
        {"at": datetime(2026, 11, 24, 1, 5)},  # noqa: DTZ001 - that is the point
        {"type": "Task Done"},
        {"prev": "abc"},
        {"data": {"when": datetime(2026, 11, 24, tzinfo=UTC)}},
        {"data": {"p95": float("nan")}},
        {"data": {1: "number"}},
        {"data": {"big": 2**53}},
    ],
)
def test_what_cannot_be_sealed_is_refused(change: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "seq": 1, "at": datetime(2026, 11, 24, tzinfo=UTC), "mono": 0, "boot": "",
        "actor": ACTOR, "type": "task.done", "data": {}, "prev": PLAN,
    }  # fmt: skip
    seal(**good)
    with pytest.raises(ValueError):  # noqa: PT011 - rfc8785 has its own words
        seal(**good | change)


def test_an_unknown_assurance_is_refused() -> None:
    with pytest.raises(ValueError, match="assurance 'sure' is none of claimed, pin"):
        Actor(person="x", os_user="", host="", tty="", assurance="sure")


def test_a_whole_chain_verifies() -> None:
    content = chain([{"n": 1}, {"n": 2}, {"n": 3}])
    found = verify_lines(content, prev=PLAN)
    assert (found.count, found.damaged, found.torn, found.problems) == (3, 0, 0, ())
    assert found.head == found.records[-1].hash
    empty = verify_lines(b"", prev=PLAN)
    assert (empty.count, empty.head, empty.problems) == (0, "", ())


@settings(deadline=None)
@given(items=st.lists(datas, min_size=1, max_size=3), draw=st.data())
def test_a_changed_byte_is_found_with_its_records_number(
    items: list[dict[str, Any]], draw: st.DataObject
) -> None:
    content = chain(items)
    at = draw.draw(st.integers(0, len(content) - 1))
    other = draw.draw(st.integers(1, 255))
    changed = content[:at] + bytes([content[at] ^ other]) + content[at + 1 :]
    found = verify_lines(changed, prev=PLAN, path="journal.jsonl")
    owner = content[:at].count(b"\n") + 1
    assert found.problems[0].line == owner
    assert str(found.problems[0]).startswith(f"journal.jsonl:{owner}: record {owner}: ")
    assert found.count == owner - 1


def test_every_byte_of_a_small_chain_is_guarded() -> None:
    """Exhaustive where the test above draws: every byte, every single bit, newlines included."""
    content = chain([{"n": 1}, {"t": "中"}])
    for at in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            found = verify_lines(bytes(changed), prev=PLAN)
            owner = content[:at].count(b"\n") + 1
            assert found.problems, (at, bit)
            assert found.problems[0].subject == f"record {owner}", (at, bit)


def test_a_chain_cut_anywhere_is_torn_or_shorter() -> None:
    content = chain([{"n": 1}, {"n": 2}])
    for size in range(len(content)):
        found = verify_lines(content[:size], prev=PLAN)
        whole = content[:size].count(b"\n")
        rest = size - (content[:size].rfind(b"\n") + 1)
        assert (found.count, found.torn, found.damaged) == (whole, rest, 0)
        assert bool(found.problems) == bool(rest)


def test_records_cut_off_the_end_are_found_by_what_is_known_elsewhere() -> None:
    content = chain([{"n": 1}, {"n": 2}, {"n": 3}])
    known = {3: verify_lines(content).head}
    assert verify_lines(content, known=known).problems == ()
    cut = b"".join(content.splitlines(keepends=True)[:1])
    assert verify_lines(cut).problems == ()
    found = verify_lines(cut, known=known)
    assert found.damaged == 2
    assert "is missing, and so is all up to 3" in str(found.problems[0])


def test_a_chain_written_anew_is_found_by_what_is_known_elsewhere() -> None:
    known = {2: verify_lines(chain([{"n": 1}, {"n": 2}])).head}
    forged = chain([{"n": 1}, {"n": 99}])
    assert verify_lines(forged, prev=PLAN).problems == ()
    assert verify_lines(forged, prev=PLAN, known=known).damaged == 2


def test_dropped_swapped_and_foreign_records_are_found() -> None:
    one, two, three = chain([{"n": 1}, {"n": 2}, {"n": 3}]).splitlines(keepends=True)
    assert verify_lines(one + three).damaged == 2
    assert verify_lines(one + three + two).damaged == 2
    assert verify_lines(one + two + two).damaged == 3
    assert verify_lines(one, prev=NOTHING).damaged == 1
    foreign = sealed(3, NOTHING, {"n": 3}).line()
    assert verify_lines(one + two + foreign).damaged == 3


def test_a_record_with_anothers_number_is_found() -> None:
    """Sealed and linked as it should be: only the numbering tells that one was left out."""
    first = sealed(1, PLAN, {})
    found = verify_lines(first.line() + sealed(3, first.hash, {}).line())
    assert "record 2: says it is record 3" in str(found.problems[0])


def test_other_json_of_the_same_record_is_damage() -> None:
    line = sealed(1, PLAN, {"n": 1}).line()
    spaced = json.dumps(json.loads(line)).encode() + b"\n"
    assert "canonical" in str(verify_lines(spaced).problems[0])
    more = canonical(json.loads(line) | {"note": 1}) + b"\n"
    assert "is not a record" in str(verify_lines(more).problems[0])
