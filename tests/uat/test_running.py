"""How scenarios are run: chains, quarantine, retries, shards, and what is done once under xdist."""

from __future__ import annotations

import json

import pytest

STEPS = """
    from pathlib import Path
    from behave import step

    def note(word):
        with Path("done.log").open("a", encoding="utf-8") as log:
            log.write(word + "\\n")

    @step("{word} is done")
    def done(context, word):
        note(word)
        context.golive.remembered["last"] = word

    @step("{word} is wrong")
    def wrong(context, word):
        note(word)
        raise AssertionError(f"{word} is not right")

    @step("the last was {word}")
    def last(context, word):
        assert context.golive.remembered.get("last") == word, context.golive.remembered

    @step("it works the second time")
    def second(context):
        tries = Path("tries")
        again = tries.exists()
        tries.touch()
        assert again, "not yet"
"""
CHAIN = """
    @chain
    Feature: Order
      Scenario: Enter
        Then {first}
      Scenario: Approve
        Then the last was enter
        And approve is done
      Scenario: Ship
        Then the last was approve
    """


@pytest.fixture
def flow(workspace):
    workspace.steps(STEPS)
    return workspace


def done(flow):
    return (flow.root / "done.log").read_text(encoding="utf-8").split()


# -- chains


def test_a_chain_shares_what_it_remembers(flow):
    flow.feature("s.feature", CHAIN.format(first="enter is done"))
    assert flow.run().ret == 0
    assert done(flow) == ["enter", "approve"]


@pytest.mark.parametrize("asked", [("-k", "Approve"), ("features/s.feature:7",)])
def test_with_a_member_of_a_chain_those_before_it_run(flow, asked):
    flow.feature("s.feature", CHAIN.format(first="enter is done"))
    assert flow.run(*asked).ret == 0
    assert done(flow) == ["enter", "approve"]
    assert flow.statuses() == {"Enter": "passed", "Approve": "passed"}


def test_a_failure_blocks_the_rest_of_its_chain_and_nothing_else(flow):
    flow.feature("a.feature", CHAIN.format(first="enter is wrong"))
    flow.feature("b.feature", "Feature: b\n  Scenario: Alone\n    Then alone is done\n")
    result = flow.run()
    assert result.ret == 1
    result.assert_outcomes(passed=1, failed=1, skipped=2)
    assert flow.statuses() == {
        "Enter": "failed", "Approve": "blocked", "Ship": "blocked", "Alone": "passed"
    }  # fmt: skip
    messages = {r.name: r.message for r in flow.record().scenarios}
    assert messages["Ship"] == "blocked by “Enter”, which did not pass"


def test_a_chain_is_blocked_in_its_features_language(flow):
    flow.feature(
        "a.feature",
        "# language: zh-CN\n@链\n功能: 甲\n  场景: 录入\n    那么enter is wrong\n"
        "  场景: 审批\n    那么approve is done\n",
    )
    flow.run()
    assert flow.record().scenarios[1].message == "因“录入”未通过而未执行"


def test_tagged_scenarios_of_one_rule_are_a_chain_and_keep_their_order(flow):
    flow.feature(
        "s.feature",
        """
        Feature: a
          Rule: r
            @chain
            Scenario: One
              Then one is done
            Scenario: Between
              Then between is wrong
            @chain
            Scenario: Two
              Then the last was one
        """,
    )
    flow.pytester.makeconftest("def pytest_collection_modifyitems(items):\n    items.reverse()\n")
    flow.run()
    assert flow.statuses() == {"One": "passed", "Between": "failed", "Two": "passed"}


def test_under_xdist_a_chain_stays_on_one_worker(flow):
    for name in ("a", "b", "c"):
        flow.feature(f"{name}.feature", CHAIN.format(first="enter is done"))
    result = flow.run("-n", "2", inside=False)
    assert result.ret == 0
    assert sorted(done(flow)) == ["approve"] * 3 + ["enter"] * 3
    assert all("@" not in r.id for r in flow.record().scenarios)


# -- quarantine


def test_a_quarantined_scenario_runs_is_listed_and_does_not_count(flow):
    flow.feature(
        "s.feature",
        "Feature: a\n  Scenario: good\n    Then good is done\n"
        "  @quarantine\n  Scenario: odd\n    Then odd is wrong\n"
        "  @隔离\n  Scenario: odd too\n    Then odd2 is done\n",
    )
    result = flow.run("--junitxml=junit.xml")
    assert result.ret == 0
    assert done(flow) == ["good", "odd", "odd2"]
    result.stdout.fnmatch_lines(
        [
            "quarantined: features/s.feature:5: odd (failed: odd is not right)",
            "quarantined: features/s.feature:8: odd too (passed)",
            "3 scenarios: 1 passed, 2 quarantined (exit code 0)",
        ]
    )
    assert flow.record().counts["failed"] == 0
    assert 'failures="0"' in (flow.root / "junit.xml").read_text(encoding="utf-8")


def test_only_quarantined_scenarios_prove_nothing(flow):
    flow.feature("s.feature", "Feature: a\n  @隔离\n  Scenario: b\n    Then good is done\n")
    assert flow.run().ret == 2


# -- retries


RETRIED = "Feature: a\n  {tag}\n  Scenario: b\n    Then it works the second time\n"


@pytest.mark.parametrize(("tag", "args"), [("@flaky", ()), ("@any", ("--reruns", "2"))])
def test_a_pass_on_retry_is_listed_as_such(flow, tag, args):
    flow.feature("s.feature", RETRIED.format(tag=tag))
    result = flow.run(*args)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "passed on retry: features/s.feature:3: b (before: failed: not yet)",
            "1 scenario: 1 passed (1 on retry) (exit code 0)",
        ]
    )
    (one,) = flow.record().scenarios
    assert (one.status, one.retries) == ("passed", 1)
    assert one.earlier[0].message == "not yet"
    assert one.earlier[0].step == "Then it works the second time"


def test_without_a_retry_the_first_failure_stands(flow):
    flow.feature("s.feature", RETRIED.format(tag="@any"))
    assert flow.run().ret == 1
    assert flow.record().scenarios[0].retries == 0


def test_a_retry_that_fails_too_is_failed_with_every_try(flow):
    flow.feature("s.feature", "Feature: a\n  Scenario: b\n    Then odd is wrong\n")
    assert flow.run("--reruns", "2").ret == 1
    (one,) = flow.record().scenarios
    assert (one.status, one.retries, done(flow)) == ("failed", 2, ["odd"] * 3)


def test_what_is_not_written_is_not_tried_again(flow):
    flow.feature("s.feature", "Feature: a\n  @flaky\n  Scenario: b\n    Then nobody knows it\n")
    assert flow.run("--reruns", "2").ret == 2
    assert flow.record().scenarios[0].retries == 0


def test_a_chain_goes_on_after_a_pass_on_retry(flow):
    flow.feature(
        "s.feature",
        "@chain\nFeature: a\n  @flaky\n  Scenario: b\n    Then it works the second time\n"
        "  Scenario: c\n    Then good is done\n",
    )
    assert flow.run().ret == 0


# -- pytest's own selection


def test_last_failed_runs_what_failed(flow):
    flow.feature(
        "s.feature",
        "Feature: a\n  Scenario: 好\n    Then good is done\n"
        "  @隔离\n  Scenario: aside\n    Then aside is wrong\n"
        "  Scenario: 坏\n    Then bad is wrong\n",
    )
    cached = [f"-o=cache_dir={flow.root / 'cache'}", "-pcacheprovider"]
    flow.pytester.runpytest_inprocess("features", *cached)
    flow.pytester.runpytest_inprocess("features", *cached, "--lf")
    assert flow.statuses() == {"坏": "failed"}
    assert done(flow) == ["good", "aside", "bad", "bad"]


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (("-k", "订单"), ["订单录入"]),
        (("-m", "冒烟"), ["订单录入"]),
        (("-m", "req:SO-12"), ["发货"]),
        (("-m", "not 冒烟 and not req:SO-12"), ["other"]),
    ],
)
def test_names_and_tags_may_be_chinese(flow, args, names):
    flow.feature(
        "s.feature",
        "# language: zh-CN\n功能: 甲\n  @冒烟\n  场景: 订单录入\n    那么a is done\n"
        "  @req:SO-12\n  场景: 发货\n    那么b is done\n  场景: other\n    那么c is done\n",
    )
    assert flow.run(*args).ret == 0
    assert list(flow.statuses()) == names


def test_junit_names_the_scenarios_and_says_why(flow):
    flow.feature("s.feature", "# language: zh-CN\n功能: 甲\n  场景: 审批\n    那么审批 is wrong\n")
    flow.run("--junitxml=junit.xml")
    text = (flow.root / "junit.xml").read_text(encoding="utf-8")
    assert 'name="审批"' in text
    assert "审批 is not right" in text
    assert "Traceback" not in text


# -- shards


MANY = (
    "Feature: a\n"
    + "".join(f"  Scenario: s{n}\n    Then s{n} is done\n" for n in range(7))
    + "".join(f"  @chain\n  Scenario: c{n}\n    Then c{n} is done\n" for n in (1, 2))
)


def test_shards_are_complete_and_disjoint_and_keep_chains_whole(flow):
    flow.feature("s.feature", MANY)
    parts, divisions = [], set()
    for index in (1, 2, 3):
        flow.run("--shard", f"{index}/3", "--timings=none.json")
        record = flow.record()
        parts.append(set(record.expected))
        divisions.add(record.shard["division"])
    assert sum(map(len, parts)) == len(set.union(*parts)) == 9
    assert len(divisions) == 1
    assert any({"features/s.feature::c1", "features/s.feature::c2"} <= part for part in parts)


def test_shards_use_the_durations_of_an_earlier_record(flow):
    flow.feature("s.feature", MANY)
    flow.run()
    path = flow.root / "reports/uat/results.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    for one in record["scenarios"]:
        one["duration"] = 100.0 if one["name"] == "s3" else 1.0
    (flow.root / "before.json").write_text(json.dumps(record), encoding="utf-8")
    flow.run("--shard", "1/2", "--timings=before.json")
    assert flow.record().expected == ("features/s.feature::s3",)


@pytest.mark.parametrize(
    ("shard", "said"),
    [("0/2", "is no part of a whole"), ("3/2", "is no part"), ("x", "is no part"),
     ("12/12", "no scenario was selected")],
)  # fmt: skip
def test_a_shard_that_is_none_or_empty_is_2(flow, shard, said):
    flow.feature("s.feature", MANY)
    result = flow.run("--shard", shard)
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"*{said}*"])


def test_timings_that_cannot_be_read_are_2(flow):
    flow.feature("s.feature", MANY)
    (flow.root / "bad.json").write_text("{}", encoding="utf-8")
    result = flow.run("--shard", "1/2", "--timings=bad.json")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*bad.json: timings: cannot be read*"])


# -- once for all workers


ONCE = """
    import os

    def note(word):
        with open("hooks.log", "a", encoding="utf-8") as log:
            print(word, file=log)

    def before_all(context):
        note("before_all")
        context.ticket = {"number": 7}
    def after_all(context):
        note("after_all")
    def before_worker(context):
        note("before_worker")
        context.connection = object()
    def after_worker(context):
        note("after_worker")
    def before_scenario(context, scenario):
        assert context.ticket == {"number": 7}
        assert context.connection is not None
    """


def hooks(flow):
    path = flow.root / "hooks.log"
    words = path.read_text(encoding="utf-8").split()
    path.unlink()
    return words


def test_run_once_hooks_run_once_and_worker_hooks_in_each_process(flow):
    flow.hooks(ONCE)
    flow.feature("s.feature", MANY)
    assert flow.run("-n", "2", inside=False).ret == 0
    words = hooks(flow)
    assert (words[0], words[-1]) == ("before_all", "after_all")
    assert sorted(words[1:-1]) == ["after_worker"] * 2 + ["before_worker"] * 2
    assert flow.run().ret == 0
    assert hooks(flow) == ["before_all", "before_worker", "after_worker", "after_all"]


def test_what_cannot_be_handed_to_workers_is_refused_by_name(flow):
    flow.hooks("def before_all(context):\n    context.db = open('db', 'w')\n")
    flow.feature("s.feature", MANY)
    result = flow.run("-n", "1", inside=False)
    assert result.ret == 2
    (line,) = [text for text in result.outlines + result.errlines if "context.db" in text][:1]
    assert "environment.py: before_all: 'context.db': cannot be handed" in line
    assert "before_worker" in line


def test_after_all_that_breaks_is_not_green(flow):
    flow.hooks("def after_all(context):\n    raise OSError('left behind')\n")
    flow.feature("s.feature", MANY)
    result = flow.run()
    assert result.ret == 3
    result.stdout.fnmatch_lines(["what the workspace does after all broke"])


# -- what is not written needs no system


def test_no_then_is_2_even_while_nothing_else_works(flow):
    flow.pytester.makeconftest(
        "import pytest\n@pytest.fixture(autouse=True)\ndef target():\n    raise OSError('down')\n"
    )
    flow.hooks("def before_all(context):\n    raise OSError('down')\n")
    flow.feature("s.feature", "Feature: a\n  Scenario: b\n    Given a is done\n")
    assert flow.run().ret == 2
    assert flow.statuses() == {"b": "not written"}
