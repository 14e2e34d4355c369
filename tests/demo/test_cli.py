"""``python -m demo`` as people and playbooks run it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo import processes
from demo.__main__ import main
from demo.site import DemoError, read_site

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--customers", "50", "--products", "100", "--orders", "200")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "d"
    for system in ("gateway", "new_b", "new", "old"):
        processes.end((tmp_path / "d").resolve(), system, force=True)


def run(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo", *words, "--dir", str(folder)],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def environment_of(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")


def test_a_life_of_a_pair(folder: Path) -> None:
    assert run(folder, "generate", *SMALL).returncode == 0
    again = run(folder, "generate", *SMALL)
    assert (again.returncode, "--replace" in again.stderr) == (2, True)
    started = run(folder, "up", GOLIVE_ATTEMPT="r/T/1")
    assert started.returncode == 0, started.stderr
    site = json.loads((folder / "site.json").read_text(encoding="utf-8"))
    assert sorted(site["targets"]) == ["gateway", "new", "new_b", "old"]
    assert site["targets"]["old"]["database"] == f"sqlite:///{folder.resolve()}/old.db"
    assert site["facts"] == {
        "demo_dir": str(folder.resolve()),
        "effects": str(folder.resolve() / "effects.jsonl"),
    }
    found = {s: processes.find(folder.resolve(), s) for s in ("old", "new", "new_b", "gateway")}
    pids = {s: running.pid for s, running in found.items() if running}
    assert len(pids) == 4
    assert "GOLIVE_" not in environment_of(pids["new"])
    assert os.getsid(pids["new"]) != os.getsid(0)

    assert run(folder, "up").stdout == started.stdout
    assert processes.find(folder.resolve(), "old").pid == pids["old"]
    refused = run(folder, "generate", "--replace", *SMALL)
    assert (refused.returncode, "still running" in refused.stderr) == (3, True)

    assert run(folder, "kill", "new").returncode == 0
    assert run(folder, "watch", "new", "--until", "down", "--timeout", "10").returncode == 0
    assert run(folder, "watch", "new", "--until", "up", "--timeout", "0.1").returncode == 1
    assert run(folder, "status").returncode == 1
    assert run(folder, "start", "new").returncode == 0
    states = json.loads(run(folder, "status", "--json").stdout)
    assert [(s["system"], s["healthy"]) for s in states] == [
        ("old", True),
        ("new", True),
        ("new_b", True),
        ("gateway", True),
    ]
    assert {s["system"]: s["url"] for s in states} == read_site(folder).urls
    assert run(folder, "down").stdout == "ended: gateway, new_b, new, old\n"
    assert run(folder, "down").stdout == "nothing was running\n"
    assert run(folder, "effects").stdout == ""


def test_up_keeps_ports_and_takes_the_build_and_site_it_is_told(folder: Path) -> None:
    run(folder, "generate", *SMALL)
    first = run(folder, "up")
    run(folder, "down")
    second = run(folder, "up", DEMO_BUILD="b42", DEMO_SITE="site-b")
    assert second.stdout == first.stdout
    import httpx  # noqa: PLC0415

    for url in read_site(folder).urls.values():
        told = httpx.get(f"{url}/version").json()
        assert (told["build"], told["site"]) == ("b42", "site-b")


def test_what_is_missing_is_said_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, said in (
        (["up"], "run `python -m demo generate` first"),
        (["status"], "run `python -m demo up` first"),
        (["start", "new"], "run `python -m demo up` first"),
    ):
        assert main(["--dir", str(folder), *words]) == 3
        shown = capsys.readouterr().err
        assert said in shown
        assert shown.count("\n") == 1


def test_a_system_that_cannot_start_is_told_with_its_log(folder: Path) -> None:
    run(folder, "generate", *SMALL)
    (folder / "route.json").write_text('{"to": "moon"}', encoding="utf-8")
    failed = run(folder, "up")
    assert failed.returncode == 3
    assert "the gateway system did not come up" in failed.stderr
    assert "names no system: 'moon'" in failed.stderr
    assert not (folder / "site.json").exists()


def test_a_pid_of_somebody_else_is_never_touched(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        note = folder / "pids" / "new.json"
        note.parent.mkdir(parents=True)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        noted = {"pid": other.pid, "start_time": 1, "boot_id": boot}
        note.write_text(json.dumps(noted), encoding="utf-8")
        assert processes.find(folder, "new") is None
        assert not processes.end(folder, "new", force=True)
        assert other.poll() is None
        other.communicate(b"\n")


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    with processes.listen() as taken:
        port = taken.getsockname()[1]
        assert 20_000 <= port < 32_000
        with pytest.raises(DemoError, match=f"port {port} on 127.0.0.1 is used"):
            processes.listen(port)


def test_migrate_fills_the_new_system_once(folder: Path) -> None:
    assert run(folder, "generate", *SMALL).returncode == 0
    assert run(folder, "up").returncode == 0
    done = run(folder, "migrate")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(folder / "new.db") as base:
        (loaded,) = base.execute("select count(*) from sales_order").fetchone()
    assert loaded > 100
    again = run(folder, "migrate")
    assert (again.returncode, "--replace" in again.stdout) == (1, True)
