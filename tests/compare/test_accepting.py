"""What an acceptance covers: exactly the values it named, or a pattern up to its bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from golive.compare.comparing import compare
from golive.compare.lookup import find_rows
from golive.compare.register import Acceptance, Register

ACCEPTED = Acceptance(
    id="AD-001", comparison="things", kind="changed", column="value", sort="rounding",
    reason="old tax table", expires="2126-12-31", max_count=1, max_amount="9.00",
    requested_by="ann", approved_by="bob",
)  # fmt: skip


def write(bench, side, rows):
    text = "".join(f"{key},{value}\n" for key, value in rows)
    (bench.folder / f"{side}.csv").write_text(f"id,value\n{text}")


def classes(bench, old, new, *accepted, as_="decimal(18,2)", cycle="2126-11-30"):
    """Return the class of each difference, and what became of each acceptance."""
    write(bench, "old", old)
    write(bench, "new", new)
    spec = bench.spec(bench.body(bench.value(as_)))
    result = compare(spec, bench.context(), acceptances=accepted, cycle=cycle)
    return [row[-1] for row in bench.differences(result)], result.findings.applied


def by_values(bench, old, new, as_="decimal(18,2)", **changes):
    """Return an acceptance of all that differs now, as `compare accept --key` names it."""
    write(bench, "old", old)
    write(bench, "new", new)
    result = compare(bench.spec(bench.body(bench.value(as_))), bench.context())
    values = tuple(
        {"key": row.key, "old": row.old, "new": row.new, "content": row.content}
        for row in find_rows(result.differences, {}, 10)
    )
    return replace(ACCEPTED, values=values, **changes)


@pytest.mark.parametrize(
    ("as_", "old", "new", "other_old", "other_new"),
    [
        # Another amount; the same difference of other values; one below a millionth.
        ("decimal(18,2)", "10.00", "10.01", "10.00", "10.02"),
        ("decimal(18,2)", "10.00", "10.01", "20.00", "20.01"),
        ("decimal(18,8)", "10.00000000", "10.00000001", "10.00000000", "10.00000002"),
        ("double", "0.1", "0.10000000000000003", "0.1", "0.10000000000000006"),
        ("varchar", "a", "b", "a", "c"),
        ("int", "1", "2", "2", "3"),
        # Another value on one side alone.
        ("varchar", "a", "b", "c", "b"),
        ("decimal(18,2)", "10.00", "12.00", "11.00", "12.00"),
    ],
)
def test_named_values_are_accepted_with_every_digit_and_nothing_else(
    bench, as_, old, new, other_old, other_new
):
    asked = by_values(bench, [("1", old)], [("1", new)], as_)
    found, applied = classes(bench, [("1", old)], [("1", new)], asked, as_=as_)
    assert (found, applied[0].refused) == (["accepted:AD-001"], "")
    found, applied = classes(bench, [("1", other_old)], [("1", other_new)], asked, as_=as_)
    assert (found, applied[0].count) == (["open"], 0)


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_row_on_one_side_is_accepted_with_all_it_holds(bench, side):
    def rows(value):
        alone = [("0", "1.00"), ("1", value)]
        return (alone, alone[:1]) if side == "old" else (alone[:1], alone)

    asked = by_values(bench, *rows("5.00"), kind=f"only_{side}", column="")
    assert classes(bench, *rows("5.00"), asked)[0] == ["accepted:AD-001"]
    assert classes(bench, *rows("5.01"), asked)[0] == [f"only_{side}"]


def pattern(**changes):
    return replace(ACCEPTED, cause="rounding", detail="2", **changes)


OLD = [(str(n), "10.00") for n in range(3)]
NEW = [(str(n), "10.01") for n in range(3)]


@pytest.mark.parametrize(
    ("changes", "refused", "zh"),
    [
        ({"max_count": 3}, "", ""),
        (
            {"max_count": 2},
            "fits 3 differences, at most 2 are accepted",
            "符合 3 处差异，最多接受 2 处",
        ),
        ({"max_count": 3, "max_amount": "0.03"}, "", ""),
        (
            {"max_count": 3, "max_amount": "0.02"},
            "fits 0.03 in amount, at most 0.02 is accepted",
            "金额 0.03，最多接受 0.02",
        ),
        ({"max_count": 3, "expires": "2126-11-30"}, "", ""),
        (
            {"max_count": 3, "expires": "2126-11-29"},
            "expired on 2126-11-29",
            "已于 2126-11-29 到期",
        ),
    ],
)
def test_a_pattern_holds_up_to_its_bounds_and_beyond_them_for_none(bench, changes, refused, zh):
    found, applied = classes(bench, OLD, NEW, pattern(**changes))
    assert (applied[0].refused, applied[0].refused_zh) == (refused, zh)
    assert set(found) == ({"open"} if refused else {"accepted:AD-001"})


def test_differences_too_small_or_too_large_for_an_amount_do_not_pass_the_bound(bench):
    old = [(str(n), "10.00000000") for n in range(9)]
    new = [(str(n), "10.00000001") for n in range(9)]
    asked = replace(pattern(), detail="8", max_count=9, max_amount="0.000008")
    found, applied = classes(bench, old, new, asked, as_="decimal(18,8)")
    assert set(found) == {"open"}
    assert applied[0].refused == "fits 0.000009 in amount, at most 0.000008 is accepted"
    huge = replace(pattern(), cause="sign", detail="")
    found, applied = classes(bench, [("1", "1e300")], [("1", "-1e300")], huge, as_="double")
    assert (found, applied[0].refused) == (
        ["open"],
        "fits a larger sum in amount, at most 9.00 is accepted",
    )


def test_only_what_is_approved_and_not_revoked_is_applied():
    register = Register(
        acceptances=(
            pattern(),
            pattern(id="AD-002", approved_by=""),
            pattern(id="AD-003", revoked=True),
            pattern(id="AD-004", comparison="other"),
        )
    )
    assert [item.id for item in register.of("things")] == ["AD-001"]
    assert pattern().holds(date(2126, 12, 31))
    assert not pattern().holds(date(2127, 1, 1))
    assert not pattern(approved_by="").holds(date(2126, 1, 1))
    assert not pattern(revoked=True).holds(date(2126, 1, 1))
