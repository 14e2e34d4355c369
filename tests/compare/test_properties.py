"""For any rows: the result is a naive model's, mirrored for swapped sides, and conserved."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEYS = st.sampled_from(["1", "2", "3", "4", "5", None])
TEXTS = st.sampled_from(["a", "A", "a ", "", "𠮷", None])
AMOUNTS = st.sampled_from(["0.00", "0.01", "10.00", "-5.50", None])
ROWS = st.lists(st.tuples(KEYS, TEXTS, AMOUNTS), max_size=12)
COLUMNS = [
    {"old": "text", "new": "text", "as": "varchar"},
    {"old": "amount", "new": "amount", "as": "decimal(18,2)"},
]
SLOW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def order(row):
    """Sort as SQL does: no value last, text by its UTF-8 bytes, amounts as numbers."""
    _, text, amount = row
    return (
        text is None,
        (text or "").encode(),
        amount is None,
        float(amount or 0),
    )


def model(old, new):
    """Return (equal, changed differences, only old keys, only new keys), the slow plain way."""
    equal, changed, only_old, only_new = 0, [], [], []
    for key in {row[0] for row in [*old, *new]}:
        left = Counter(row for row in old if row[0] == key)
        right = Counter(row for row in new if row[0] == key)
        equal += sum((left & right).values())
        rest_old = sorted((left - right).elements(), key=order)
        rest_new = sorted((right - left).elements(), key=order)
        for one, two in zip(rest_old, rest_new, strict=False):
            for name, was, becomes in zip(("text", "amount"), one[1:], two[1:], strict=True):
                if was != becomes:
                    changed.append((key or "", name, was, becomes))
        only_old += [key or ""] * max(0, len(rest_old) - len(rest_new))
        only_new += [key or ""] * max(0, len(rest_new) - len(rest_old))
    return equal, sorted(changed, key=repr), sorted(only_old), sorted(only_new)


def found(bench, result):
    rows = bench.differences(result)
    changed = [(key or "", *rest) for kind, key, *rest, _ in rows if kind == "changed"]
    sides = [
        sorted(key or "" for kind, key, *_ in rows if kind == wanted)
        for wanted in ("only_old", "only_new")
    ]
    return result.findings.conservation.equal, sorted(changed, key=repr), *sides


@SLOW
@given(old=ROWS, new=ROWS)
def test_result_is_the_models_and_its_mirror(fresh_bench, old, new):
    if not old and not new:
        old = [("1", "a", "0.00")]
    bench = fresh_bench()
    header = ("id", "text", "amount")
    forward = bench.run(old, new, COLUMNS, header=header)
    assert found(bench, forward) == model(old, new)
    conservation = forward.findings.conservation
    assert conservation.holds
    assert conservation.old_rows == len(old)
    assert bool(forward.failures) == (Counter(old) != Counter(new))

    backward = bench.run(new, old, COLUMNS, header=header)
    swap = {"only_old": "only_new", "only_new": "only_old"}
    mirrored = [
        (swap.get(kind, kind), key, column, two, one, swap.get(name, name))
        for kind, key, column, one, two, name in bench.differences(backward)
    ]
    assert sorted(mirrored, key=repr) == bench.differences(forward)


PLANTED = {
    "open": ("value", "other"),
    "rule:trailing_blank": ("value", "value  "),
    "rule:case": ("value", "VALUE"),
    "rule:trailing_blank+case": ("value", "Value "),
}


@SLOW
@given(
    planted=st.dictionaries(
        st.integers(min_value=0, max_value=29), st.sampled_from(sorted(PLANTED)), max_size=30
    )
)
def test_planted_differences_are_found_exactly(fresh_bench, planted):
    bench = fresh_bench()
    old = [(f"{n:02d}", PLANTED[planted[n]][0] if n in planted else "same") for n in range(30)]
    new = [(f"{n:02d}", PLANTED[planted[n]][1] if n in planted else "same") for n in range(30)]
    columns = bench.value(rules=["trailing_blank", "case"])
    result = bench.run(old, reversed(new), columns)
    assert {row[1]: row[-1] for row in bench.differences(result)} == {
        f"{n:02d}": name for n, name in planted.items()
    }
    assert result.findings.open_rows == sum(name == "open" for name in planted.values())
    assert result.findings.agreeing == 30 - result.findings.open_rows
