"""A wrong profile file: every mistake with its line."""

from __future__ import annotations

import pytest

from golive.errors import SpecError
from golive.load.definition import duration_seconds, read_profiles

GOOD = """\
schema: golive/load/v1
profiles:
  smoke:
    locustfile: load/user.py
    target: new
    stages:
      - {users: 5, spawn_rate: 5, duration: 10s}
    objectives:
      - {metric: error_ratio, op: "<=", value: 0.01}
    peak: {source: count of orders, assumption: all in one hour, multiple: 1}
"""


@pytest.fixture
def read(tmp_path):
    def reading(text):
        path = tmp_path / "profiles.yaml"
        path.write_text(text, encoding="utf-8")
        return read_profiles(path, shown_as="profiles.yaml")

    return reading


def test_good(read):
    profile = read(GOOD).profiles["smoke"]
    assert (profile.users, profile.seconds) == (5, 10)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (
            "spawn_rate: 5",
            "spawn_rte: 5, spawn_rate: 5",
            "profiles.yaml:7: unknown key 'spawn_rte'",
        ),
        ("target: new", "target: new\n    tarjet: x", "profiles.yaml:6: unknown key 'tarjet'"),
        ("10s", "soon", "profiles.yaml:7: profile 'smoke': 'soon' is not a duration"),
        ("10s", "0s", "'0s' is not a duration"),
        ("users: 5", "users: 0", "needs users and a spawn_rate above 0"),
        ("error_ratio", "p95_ms", "has no objective for error_ratio"),
        ("error_ratio", "p96_ms", "profiles.yaml:9"),
        ("count of orders", '" "', "does not say where its load comes from"),
        ("load/user.py", "load/a,b.py", "its path has a comma"),
        ("      - {users: 5, spawn_rate: 5, duration: 10s}\n", "      []\n", "has no stages"),
        ("load/v1", "load/v2", "profiles.yaml:1"),
    ],
)
def test_mistake_is_told_with_its_line(read, was, becomes, said):
    assert was in GOOD
    with pytest.raises(SpecError) as caught:
        read(GOOD.replace(was, becomes, 1))
    assert said in str(caught.value)


def test_durations():
    assert [duration_seconds(text) for text in ("90s", "15m", "1h30m")] == [90, 900, 5400]
    with pytest.raises(ValueError, match="not a duration"):
        duration_seconds("")
