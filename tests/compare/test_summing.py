"""One row that stands for several: the same answer as of rows added up by hand, none left out."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SUM = [{"old": "value", "new": "value", "as": "decimal(18,2)", "sum": "new"}]
#: Keys that meet often, and cents.
ROWS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(-300, 300).map(lambda n: f"{n / 100:.2f}")),
    max_size=8,
)


def added_up(rows):
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, value in rows:
        sums[key] += Decimal(value)
    return [(key, f"{value:.2f}") for key, value in sums.items()]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(old=ROWS, new=ROWS)
def test_rows_added_up_here_compare_as_if_they_had_been_added_up_by_hand(fresh_bench, old, new):
    once = added_up([*old, ("e", "1.00")])
    many = [*new, ("e", "0.40"), ("e", "0.60")]
    bench = fresh_bench()
    found = bench.run(once, many, SUM)
    by_hand = fresh_bench()
    wanted = by_hand.run(once, added_up(many), by_hand.value("decimal(18,2)"))
    assert bench.differences(found) == by_hand.differences(wanted)
    one, two = found.findings.conservation, wanted.findings.conservation
    assert (one.equal, one.changed, one.only_old, one.only_new) == (
        two.equal, two.changed, two.only_old, two.only_new,
    )  # fmt: skip
    assert one.holds
    assert (one.new_read, one.new_held, one.new_rows) == (len(many), len(many), two.new_rows)


def test_the_migrations_own_counts_are_of_the_rows_and_not_of_the_sums(bench):
    (bench.folder / "control.json").write_text('{"source": 1, "loaded": 2}')
    counts = {"control": "control.json", "source": "source", "loaded": "loaded"}
    result = bench.run([("1", "3.00")], [("1", "1.00"), ("1", "2.00")], SUM, reconcile=counts)
    said = {item.name: (item.said, item.found) for item in result.findings.counts}
    assert said["loaded"] == (2, 2)
    assert said["source"] == (1, 1)


def test_rows_that_were_set_aside_are_not_added_to_those_that_were_loaded(bench):
    (bench.folder / "fates.csv").write_text("id,what\n2,merged\n")
    accounted = {"path": "fates.csv", "key": {"id": "id"}, "outcome": "what"}
    columns = [{**SUM[0], "sum": "old"}]
    old = [("1", "1.00"), ("1", "2.00"), ("2", "5.00"), ("2", "6.00")]
    result = bench.run(old, [("1", "3.00")], columns, accounted=accounted)
    found = result.findings.conservation
    assert result.failures == ()
    assert (found.equal, found.merged, found.old_read, found.old_rows) == (1, 2, 4, 3)
