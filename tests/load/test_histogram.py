"""Percentiles against exact ones: never below, at most one per cent above."""

from __future__ import annotations

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from golive.load.histogram import bucket, merged, percentile

TIMES = st.floats(min_value=0, max_value=600_000, allow_nan=False)


def exact(times, share):
    return sorted(times)[max(1, ceil(share * len(times) - 1e-9)) - 1]


@given(times=st.lists(TIMES, min_size=1, max_size=200), share=st.sampled_from([0.5, 0.95, 0.99, 1]))
def test_percentile_never_flatters_and_is_at_most_one_per_cent_above(times, share):
    counted = percentile(Counter(map(bucket, times)), share)
    true = exact(times, share)
    assert true - 1e-6 <= counted <= true * 1.01 + 0.002


@given(TIMES)
def test_bucket_has_three_significant_digits(time):
    edge = bucket(time)
    assert len(str(edge).rstrip("0")) <= 3
    assert bucket(edge / 1000) in {edge, edge + 10 ** max(0, len(str(edge)) - 3)}


def test_an_objective_of_100_ms_is_not_met_by_104():
    """What buckets of two digits would report as 100."""
    assert percentile(Counter([bucket(104.149)]), 0.95) == 105.0


def test_nothing_counted_has_no_percentile():
    assert percentile({}, 0.95) is None


def test_histograms_add_up():
    assert merged([{100: 1, 200: 2}, {200: 3}]) == {100: 1, 200: 5}
