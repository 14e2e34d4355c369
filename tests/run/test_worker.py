"""An attempt is done once, ended for certain, and told as it was, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import pytest

from golive.contracts import AttemptId, Environment, Target
from golive.errors import Damaged
from golive.outcome import Status
from golive.project import SecretRef
from golive.run import attempts, processes
from golive.run.attempts import AttemptSpec, Exit, State
from golive.run.launching import ReadyWorker, launch

CANARY = "c4nary-Zür!ch/9?"
#: Runs until it is ended, after writing down that it began.
BEGIN = "import pathlib, signal; pathlib.Path('began').touch()"
WAIT = f"{BEGIN}; signal.pause()"


def until(true, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def spec(workspace):
    """An attempt of this test's own; whatever is left of it at the end is ended."""
    made = AttemptSpec(
        attempt=AttemptId(run=f"run-{os.getpid()}-{workspace.parent.name}", task="T", number="1"),
        engine="command",
        args={"argv": ["python", "-c", WAIT]},
        workspace=workspace,
        environment=Environment(
            name="demo",
            kind="demo",
            targets={"old": Target(name="old", url="http://127.0.0.1:1")},
            facts={"site": "s1"},
        ),
        secret_refs=(SecretRef(name="pw", file="pw"),),
        timeout=60.0,
        token=3,
    )
    yield made
    processes.end_tree(lambda: processes.marked(str(made.attempt)), grace=0.1)


@pytest.fixture
def folder(spec):
    return spec.workspace / f"reports/runs/{spec.attempt.run}/tasks/T/1"


def python(script):
    return {"argv": ["python", "-c", textwrap.dedent(script)]}


def begin(folder, spec):
    attempts.prepare(folder, spec)
    launch(folder)


def result(folder, seconds=30.0):
    until(lambda: attempts.observe(folder).state is State.FINISHED, seconds)
    return attempts.read_result(folder)


def nothing_left(spec):
    return not processes.marked(str(spec.attempt))


def test_what_is_prepared_is_read_back(folder, spec):
    assert attempts.observe(folder).state is State.ABSENT
    attempts.prepare(folder, spec)
    assert attempts.read_spec(folder) == spec
    assert attempts.observe(folder).state is State.PREPARED
    with pytest.raises(FileExistsError):
        attempts.prepare(folder, spec)
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


def test_an_attempt_runs_and_is_told(folder, spec):
    script = """
    import os, sys
    print("one"); print("two", file=sys.stderr)
    assert os.environ["GOLIVE_ATTEMPT_DIR"].endswith("/tasks/T/1")
    assert not sys.stdin.read()
    """
    begin(folder, replace(spec, args=python(script)))
    found = result(folder)
    assert (found.exit, found.survivors, found.reason) == (Exit.FINISHED, (), "")
    assert {"one", "two"} == set((folder / "log.txt").read_text().splitlines())
    assert found.outcome.status is Status.PASSED
    assert found.outcome.subject.site == "s1"
    for kept in found.outcome.evidence:
        store = spec.workspace / "reports/evidence"
        assert any(kept.sha256 in str(path).replace("/", "") for path in store.rglob("*"))
    until(lambda: nothing_left(spec))


def test_only_one_of_many_workers_does_the_work(folder, spec):
    script = "open('effects', 'a').write('done\\n')"
    attempts.prepare(folder, replace(spec, args=python(script)))
    for _ in range(4):
        launch(folder)
    found = result(folder)
    launch(folder)
    until(lambda: nothing_left(spec))
    assert (spec.workspace / "effects").read_text() == "done\n"
    assert attempts.read_result(folder) == found


def test_an_older_controllers_attempt_has_no_effect(folder, spec):
    attempts.prepare(folder, spec)
    (folder.parents[2] / "controller.json").write_text('{"token": 4}')
    launch(folder)
    assert result(folder).exit is Exit.FENCED
    assert not (spec.workspace / "began").exists()


def test_the_controller_of_the_attempt_may_run_it(folder, spec):
    attempts.prepare(folder, replace(spec, args=python("")))
    (folder.parents[2] / "controller.json").write_text('{"token": 3}')
    launch(folder)
    assert result(folder).exit is Exit.FINISHED


def test_a_controller_that_cannot_be_told_has_no_effect(folder, spec):
    attempts.prepare(folder, spec)
    (folder.parents[2] / "controller.json").write_text("{")
    launch(folder)
    assert result(folder).exit is Exit.FENCED
    assert not (spec.workspace / "began").exists()


def test_a_killed_worker_is_lost_and_its_processes_are_ended(folder, spec):
    script = f"import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True); {WAIT}"
    begin(folder, replace(spec, args=python(script)))
    until((spec.workspace / "began").exists)
    seen = attempts.observe(folder)
    assert seen.state is State.RUNNING
    with pytest.raises(ValueError, match="lives"):
        attempts.stop_lost(folder)
    os.kill(seen.worker.pid, signal.SIGKILL)
    lost = until(lambda: (now := attempts.observe(folder)).state is State.LOST and now)
    assert len(lost.living) >= 3  # engine, program, and the one that left
    assert lost.result is None
    private = json.loads((folder / "worker.json").read_text())["private"]
    assert os.path.isdir(private)  # noqa: PTH112
    assert attempts.stop_lost(folder) == ()
    assert nothing_left(spec)
    assert attempts.observe(folder).living == ()
    assert not os.path.exists(private)  # noqa: PTH110
    launch(folder)
    assert attempts.observe(folder).state is State.LOST


def test_what_a_lost_attempts_engine_reported_is_kept(folder, spec):
    script = f"{BEGIN}; pathlib.Path('fifo').read_text()"
    os.mkfifo(spec.workspace / "fifo")
    begin(folder, replace(spec, args=python(script)))
    until((spec.workspace / "began").exists)
    os.kill(attempts.observe(folder).worker.pid, signal.SIGKILL)
    until(lambda: attempts.observe(folder).state is State.LOST)
    (spec.workspace / "fifo").write_text("go")
    lost = until(lambda: (now := attempts.observe(folder)).reported and now)
    assert (lost.state, lost.reported.status) == (State.LOST, Status.PASSED)
    assert attempts.stop_lost(folder) == ()


def test_a_killed_controller_changes_nothing(folder, spec):
    os.mkfifo(spec.workspace / "fifo")
    script = f"{BEGIN}; pathlib.Path('fifo').read_text(); pathlib.Path('done').touch()"
    attempts.prepare(folder, replace(spec, args=python(script)))
    controller = (
        "import pathlib, signal, sys; from golive.run.launching import launch;"
        "launch(pathlib.Path(sys.argv[1])); signal.pause()"
    )
    process = subprocess.Popen([sys.executable, "-c", controller, str(folder)])
    try:
        until((spec.workspace / "began").exists)
    finally:
        process.kill()
        process.wait()
    assert attempts.observe(folder).state is State.RUNNING
    (spec.workspace / "fifo").write_text("go")
    found = result(folder)
    assert (found.exit, found.outcome.status) == (Exit.FINISHED, Status.PASSED)
    assert (spec.workspace / "done").exists()


def test_a_ready_worker_does_an_attempt_and_is_found_by_its_mark(folder, spec):
    script = f"import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True); {WAIT}"
    attempts.prepare(folder, replace(spec, args=python(script)))
    ready = ReadyWorker(["command"])
    launch(folder, ready)
    until((spec.workspace / "began").exists)
    seen = attempts.observe(folder)
    # Nobody else was started for it.
    assert (seen.state, seen.worker.pid) == (State.RUNNING, ready.pid)
    assert ready.pid in processes.marked(str(spec.attempt))
    os.kill(ready.pid, signal.SIGKILL)
    lost = until(lambda: (now := attempts.observe(folder)).state is State.LOST and now)
    assert len(lost.living) >= 3  # engine, program, and the one that left
    assert attempts.stop_lost(folder) == ()
    assert nothing_left(spec)


def test_a_ready_worker_without_room_for_the_mark_begins_anew(folder, spec, monkeypatch):
    monkeypatch.setattr(processes, "_ROOM", 4)
    attempts.prepare(folder, replace(spec, args=python("import os; print(os.getppid())")))
    ready = ReadyWorker()
    monkeypatch.undo()
    launch(folder, ready)
    assert result(folder).outcome.status is Status.PASSED
    assert attempts.observe(folder).worker.pid == ready.pid


def test_an_attempt_whose_ready_worker_is_gone_is_done_by_another(folder, spec):
    attempts.prepare(folder, replace(spec, args=python("")))
    ready = ReadyWorker()
    os.kill(ready.pid, signal.SIGKILL)
    until(lambda: processes.identify(ready.pid) is None)
    launch(folder, ready)
    assert result(folder).exit is Exit.FINISHED


def test_a_ready_worker_ends_with_whoever_keeps_it():
    ready = ReadyWorker()
    ready.close()
    until(lambda: processes.identify(ready.pid) is None)


def test_a_ready_worker_knows_only_the_attempts_environment(folder, spec, monkeypatch):
    ready = ReadyWorker()
    monkeypatch.setenv("GOLIVE_LATER", "later")
    script = "import os; print(os.environ['GOLIVE_LATER'], os.environ['GOLIVE_ATTEMPT'])"
    attempts.prepare(folder, replace(spec, args=python(script)))
    launch(folder, ready)
    assert result(folder).exit is Exit.FINISHED
    assert (folder / "log.txt").read_text() == f"later {spec.attempt}\n"


def test_a_stop_ends_the_whole_tree(folder, spec):
    # One that left by a session of its own and one that dropped the marker too.
    script = f"""
    import subprocess
    subprocess.Popen(["sleep", "61"], start_new_session=True)
    subprocess.Popen(["sh", "-c", "env -i setsid sleep 62 &"])
    {WAIT}
    """
    begin(folder, replace(spec, args=python(script)))
    until((spec.workspace / "began").exists)
    worker = attempts.observe(folder).worker.pid
    tree = until(lambda: len(found := processes.descendants(worker)) >= 4 and found)
    known = {processes.identify(pid) for pid in tree} - {None}
    attempts.request_stop(folder, "not tonight")
    attempts.request_stop(folder, "too late to give another reason")
    found = result(folder)
    assert (found.exit, found.survivors, found.reason) == (Exit.STOPPED, (), "not tonight")
    assert found.outcome is None
    assert not [process for process in known if processes.is_alive(process)]


def test_a_stop_before_the_claim_has_no_effect(folder, spec):
    attempts.prepare(folder, spec)
    attempts.request_stop(folder, "changed our mind")
    launch(folder)
    assert result(folder).exit is Exit.STOPPED
    assert not (spec.workspace / "began").exists()


def test_a_timeout_ends_the_whole_tree(folder, spec):
    script = f"import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True); {WAIT}"
    begin(folder, replace(spec, args=python(script), timeout=1.0, language="zh"))
    found = result(folder)
    assert (found.exit, found.survivors) == (Exit.TIMEOUT, ())
    assert found.outcome.status is Status.BROKEN
    assert found.outcome.summary == "超过 1 秒未完成，已终止"
    until(lambda: nothing_left(spec))


def test_a_worker_asked_to_end_by_the_machine_stops(folder, spec):
    begin(folder, spec)
    until((spec.workspace / "began").exists)
    os.kill(attempts.observe(folder).worker.pid, signal.SIGTERM)
    found = result(folder)
    assert (found.exit, found.survivors) == (Exit.STOPPED, ())
    until(lambda: nothing_left(spec))


def engine_in(workspace, body):
    """Install an engine into the workspace, as any package does: by an entry point."""
    body = textwrap.indent(textwrap.dedent(body), " " * 8)
    (workspace / "odd.py").write_text(
        "class Odd:\n    def check(self, args, context):\n        return ()\n"
        f"    def run(self, args, context):\n{body}"
    )
    package = workspace / "odd-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[golive.engines]\nodd = odd:Odd\n")


def test_an_engine_that_raises_is_broken_without_a_traceback(folder, spec):
    (spec.workspace / "pw").write_text(CANARY + "\n")
    (spec.workspace / "pw").chmod(0o600)
    engine_in(spec.workspace, "raise RuntimeError(context.secrets['pw'])")
    begin(folder, replace(spec, engine="odd"))
    found = result(folder)
    assert (found.exit, found.outcome.status) == (Exit.CRASHED, Status.BROKEN)
    assert "Traceback" not in (folder / "result.json").read_text()
    assert "output.txt" in found.outcome.summary
    output = (folder / "output.txt").read_text()
    assert "RuntimeError" in output
    assert CANARY not in output


def test_what_an_engine_left_to_its_exit_is_done_before_the_attempt_is_over(folder, spec):
    """Threads are waited for, exit functions run, in their order, and what was printed is kept."""
    engine_in(
        spec.workspace,
        """
        import atexit, pathlib, threading
        from datetime import UTC, datetime
        from golive.outcome import Outcome, Status
        said = pathlib.Path("said").open("a", buffering=1)
        for number in (1, 2):
            atexit.register(said.write, f"exit {number}\\n")
        def after():
            threading.main_thread().join()
            said.write("thread\\n")
        threading.Thread(target=after).start()
        print("printed", end="")
        now = datetime.now(UTC)
        return Outcome(status=Status.PASSED, summary="done", started=now, ended=now)
        """,
    )
    begin(folder, replace(spec, engine="odd"))
    assert result(folder).exit is Exit.FINISHED
    assert (spec.workspace / "said").read_text().split("\n") == ["thread", "exit 2", "exit 1", ""]
    assert (folder / "output.txt").read_text() == "printed"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("raise SystemExit(0)", "crashed"),
        ("return 'passed'", "crashed"),
        ("import os; os.killpg(0, 9)", "SIGKILL"),
    ],
)
def test_an_engine_that_dies_takes_nothing_with_it(folder, spec, body, told):
    start = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
    engine_in(spec.workspace, start + body)
    begin(folder, replace(spec, engine="odd"))
    found = result(folder)
    assert (found.exit, found.survivors) == (Exit.CRASHED, ())
    assert told in found.outcome.summary
    until(lambda: nothing_left(spec))


def test_a_mistake_golive_can_explain_is_no_crash(folder, spec):
    begin(folder, replace(spec, engine="commnad"))
    found = result(folder)
    assert (found.exit, found.outcome.status) == (Exit.FINISHED, Status.BROKEN)
    assert "did you mean 'command'?" in found.outcome.summary


def test_a_daemon_without_the_marker_outlives_a_normal_end(folder, spec):
    script = """
    import os, subprocess
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GOLIVE_ATTEMPT")}
    daemon = subprocess.Popen(["sleep", "60"], start_new_session=True, env=environment)
    kept = subprocess.Popen(["sleep", "60"], start_new_session=True)
    open("pids", "w").write(f"{daemon.pid} {kept.pid}")
    """
    begin(folder, replace(spec, args=python(script)))
    found = result(folder)
    daemon, kept = map(int, (spec.workspace / "pids").read_text().split())
    try:
        assert found.outcome.status is Status.PASSED
        assert processes.identify(daemon) is not None
        assert [process.pid for process in found.survivors] == [kept]
        assert attempts.stop_lost(folder) == ()
        assert processes.identify(kept) is None
        assert processes.identify(daemon) is not None
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_a_secret_stays_out_of_the_record(folder, spec):
    (spec.workspace / "pw").write_text(CANARY + "\n")
    (spec.workspace / "pw").chmod(0o600)
    script = """
    import base64, json, os, sys, urllib.parse
    pw = os.environ["PW"]
    print(pw, json.dumps(pw), urllib.parse.quote(pw, safe=""), pw.encode().hex())
    print(base64.b64encode(b"user:" + pw.encode()).decode())
    open(os.path.join(os.environ["GOLIVE_ATTEMPT_DIR"], "work", "left.txt"), "w").write(pw)
    """
    begin(folder, replace(spec, args={**python(script), "secret_env": {"PW": "pw"}}))
    found = result(folder)
    assert found.outcome.status is Status.PASSED
    assert "[REDACTED:pw]" in (folder / "log.txt").read_text()
    from golive.record.redaction import Redactor  # noqa: PLC0415

    redactor = Redactor({"pw": CANARY})
    files = [path for path in (spec.workspace / "reports").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if redactor.found_in(path.read_bytes())] == []


def test_a_secret_by_the_environment_reaches_the_engine_alone(folder, spec, monkeypatch):
    monkeypatch.setenv("SOME_PASSWORD", CANARY)
    monkeypatch.setenv("UNRELATED", "noise")
    script = """
    import os
    assert "SOME_PASSWORD" not in os.environ and "UNRELATED" not in os.environ
    assert os.environ["PW"].startswith("c4nary")
    """
    begin(
        folder,
        replace(
            spec,
            args={**python(script), "secret_env": {"PW": "pw"}},
            secret_refs=(SecretRef(name="pw", env="SOME_PASSWORD"),),
        ),
    )
    assert result(folder).outcome.status is Status.PASSED


def test_a_secret_file_open_to_others_is_refused(folder, spec):
    (spec.workspace / "pw").write_text(CANARY)
    (spec.workspace / "pw").chmod(0o644)
    begin(folder, spec)
    found = result(folder)
    assert found.outcome.status is Status.BROKEN
    assert "chmod 600 pw" in found.outcome.summary
    assert not (spec.workspace / "began").exists()


def test_damage_is_named(folder, spec):
    attempts.prepare(folder, spec)
    (folder / "attempt.json").write_text("{}")
    with pytest.raises(Damaged, match=r"attempt\.json"):
        attempts.read_spec(folder)
    (folder / "result.json").write_text("[]")
    with pytest.raises(Damaged, match=r"result\.json"):
        attempts.read_result(folder)
