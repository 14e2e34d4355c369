"""A program is judged by its exit code; what cannot be started or told is broken."""

from __future__ import annotations

import os
import signal

import pytest

from golive.engines.command import CommandEngine
from golive.outcome import Status


@pytest.fixture
def run(context):
    return lambda *argv, **args: CommandEngine().run({"argv": list(argv), **args}, context)


def test_a_program_runs_in_the_workspace_without_a_shell(run, context):
    script = "import os, sys; print(os.getcwd()); print(sys.argv[1]); print('旧', file=sys.stderr)"
    outcome = run("python", "-c", script, "$HOME; `id`")
    assert outcome.status is Status.PASSED
    assert sorted(context.said) == sorted([str(context.workspace), "$HOME; `id`", "旧"])
    assert [kept.name for kept in outcome.evidence] == ["stdout.txt", "stderr.txt"]
    assert outcome.metrics[0].value == 0


def test_the_environment_is_small_and_explicit(run, context, monkeypatch):
    monkeypatch.setenv("STRAY", "1")
    monkeypatch.setenv("GOLIVE_LEAK", "kanari-9876")
    outcome = run("env", env={"PLAIN": "x"}, secret_env={"PW": "pw"})
    assert outcome.status is Status.PASSED
    variables = dict(line.partition("=")[::2] for line in context.said)
    assert variables["PLAIN"] == "x"
    assert variables["PW"] == "kanari-9876"
    assert variables["GOLIVE_ATTEMPT"] == str(context.attempt)
    assert not {"STRAY", "GOLIVE_LEAK", "GOLIVE_PRIVATE_DIR"} & set(variables)


@pytest.mark.parametrize(
    ("script", "expected", "status"),
    [
        ("exit 3", 0, Status.FAILED),
        ("exit 3", 3, Status.PASSED),
        ("exit 0", 3, Status.FAILED),
        ("kill -9 $$", 0, Status.BROKEN),
    ],
)
def test_the_exit_code_decides(run, script, expected, status):
    assert run("sh", "-c", script, expect_rc=expected).status is status


@pytest.mark.parametrize("program", ["no-such-program-anywhere", "/", "./notes.txt"])
def test_a_program_that_cannot_be_started_is_broken(run, write, program):
    write("notes.txt", "no program")
    outcome = run(program)
    assert outcome.status is Status.BROKEN
    assert "cannot be started" in outcome.summary


def test_a_daemon_holding_the_output_holds_nothing_up(run, context):
    script = (
        "import subprocess; daemon = subprocess.Popen(['sleep', '60'], start_new_session=True);"
        "print(daemon.pid)"
    )
    outcome = run("python", "-W", "ignore", "-c", script)
    os.kill(int(context.said[0]), signal.SIGKILL)
    assert outcome.status is Status.PASSED
    assert next(m.value for m in outcome.metrics if m.name == "duration") < 50


def test_a_dry_run_runs_nothing_and_proves_nothing(run, context):
    context.dry_run = True
    assert run("touch", "made").status is Status.SKIPPED
    assert not (context.workspace / "made").exists()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({}, "'argv'"),
        ({"argv": []}, "'argv'"),
        ({"argv": "touch made"}, "'argv'"),
        ({"argv": ["sleep", 1]}, "'argv'"),
        ({"argv": ["a\0b"]}, "'argv'"),
        ({"argv": ["touch", "made"], "expect_rc": "0"}, "'expect_rc'"),
        ({"argv": ["touch", "made"], "env": {"A": 1}}, "'env'"),
        ({"argv": ["touch", "made"], "secret_env": {"A": "pin"}}, "secret 'pin'"),
        ({"argv": ["touch", "made"], "shell": True}, "key 'shell'"),
    ],
)
def test_wrong_arguments_are_told_and_broken(context, args, told):
    assert any(told in str(problem) for problem in CommandEngine().check(args, context))
    outcome = CommandEngine().run(args, context)
    assert outcome.status is Status.BROKEN
    assert not (context.workspace / "made").exists()


def test_the_digest_speaks_of_the_arguments_and_the_files_they_name(run, write):
    name = write("job.py", "print(1)\n")
    one = run("python", name).subject.digest
    assert run("python", name).subject.digest == one
    assert run("python", name, "x").subject.digest != one
    write("job.py", "print(2)\n")
    assert run("python", name).subject.digest != one
