"""The set-up as a whole: the record, the second call, what is missing, what is fatal."""

from __future__ import annotations

import json
import sys

import pytest

#: A Python that makes environments and installs packages; ``installed.py`` reports none absent.
VENV_PYTHON = 'case "$*" in *sys.version_info*) echo 3.12.1;; esac'


@pytest.fixture
def ready(fake, monkeypatch):
    """A machine where everything can be had without the network."""
    venv = fake.root / ".venv"
    fake.program("python", VENV_PYTHON, where=venv / "bin")
    (venv / "bin" / "pip").write_text(f"#!{venv}/bin/python\n")
    (venv / "bin" / "golive").write_text("")
    fake.program("chromium", "echo Chromium 156")
    fake.program("fc-list", "echo WenQuanYi")
    fake.program("node", "echo v22.0.0")
    fake.program("npm", 'mkdir -p node_modules/allure; echo "" > node_modules/allure/cli.js')
    monkeypatch.setattr(sys, "executable", str(fake.folder / "no-python"))
    return fake


def run(fake, *argv, **environ):
    from provision.steps import main  # noqa: PLC0415

    return main(list(argv), fake.machine(**environ))


def read(fake):
    return json.loads((fake.root / ".venv/golive-setup.json").read_text("utf-8"))


def installs(fake):
    """Return the calls that change the machine."""
    return [call for call in fake.calls() if " install" in call or "npm ci" in call]


def test_the_first_call_installs_and_records_every_part(ready, capsys):
    assert run(ready) == 0
    assert [part["state"] for part in read(ready)["parts"].values()] == ["ready"] * 4
    assert list(read(ready)["parts"]) == ["python", "browser", "font", "allure"]
    said = capsys.readouterr().out
    assert "requirements.lock" in said
    assert "nothing is missing" in said
    assert "\x1b" not in said
    locked, project, npm = installs(ready)
    assert "--require-hashes -r requirements.lock" in locked
    assert "--no-deps --no-build-isolation -e ." in project
    assert npm.startswith("npm ci")


def test_the_second_call_installs_nothing(ready):
    run(ready)
    ready.forget()
    assert run(ready) == 0
    assert installs(ready) == []


def test_a_changed_lock_installs_packages_again(ready):
    run(ready)
    ready.forget()
    with (ready.root / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert run(ready) == 0
    assert len(installs(ready)) == 2


def test_a_changed_pyproject_installs_only_golive_again(ready):
    run(ready)
    ready.forget()
    with (ready.root / "pyproject.toml").open("a") as project:
        project.write("# changed\n")
    assert run(ready) == 0
    (only,) = installs(ready)
    assert "-e ." in only


def test_a_missing_part_is_recorded_and_said_and_does_not_stop_the_set_up(ready, capsys):
    (ready.path / "fc-list").unlink()
    assert run(ready) == 0
    part = read(ready)["parts"]["font"]
    assert part["state"] == "missing"
    assert "fonts-wqy-microhei" in part["hint"]
    assert read(ready)["parts"]["allure"]["state"] == "ready"
    said = capsys.readouterr().out
    assert "MISSING" in said
    assert "without: font" in said
    assert "broken, not passed" in said


def test_what_could_not_be_had_is_tried_again_only_when_asked_and_found_when_there(ready):
    (ready.path / "node").unlink()
    fails = VENV_PYTHON + "\ncase $* in *node.lock) exit 1;; esac"
    ready.program("python", fails, where=ready.root / ".venv/bin")
    run(ready)
    assert read(ready)["parts"]["allure"]["state"] == "missing"
    ready.forget()
    run(ready)
    assert installs(ready) == []
    run(ready, "--again")
    assert "requirements-node.lock" in "\n".join(installs(ready))
    ready.program("node", "echo v22.0.0")
    run(ready, "--again")
    assert read(ready)["parts"]["allure"]["state"] == "ready"


def test_failing_python_packages_are_fatal_and_leave_no_record(ready, capsys):
    fails = VENV_PYTHON + "\ncase $* in *requirements.lock) echo no index; exit 1;; esac"
    ready.program("python", fails, where=ready.root / ".venv/bin")
    assert run(ready) == 3
    assert not (ready.root / ".venv/golive-setup.json").exists()
    said = capsys.readouterr().out
    assert "no index" in said
    assert "pip config list" in said
    assert not [call for call in ready.calls() if call.startswith(("chromium", "npm"))]


def test_an_environment_of_another_folder_is_made_anew(ready, capsys):
    """Scripts name the environment's folder: a moved checkout would run the old one's."""
    (ready.root / ".venv/bin/pip").write_text("#!/elsewhere/.venv/bin/python\n")
    assert run(ready) == 3
    said = capsys.readouterr().out
    assert "making the virtual environment" in said
    assert "python3-venv" in said


def test_a_damaged_record_counts_as_none(ready):
    run(ready)
    (ready.root / ".venv/golive-setup.json").write_text("{")
    ready.forget()
    assert run(ready) == 0
    assert len(installs(ready)) == 3


def test_an_unknown_option_is_refused(ready, capsys):
    assert run(ready, "--agian") == 2
    assert "usage" in capsys.readouterr().err


MAKES_ENVIRONMENT = """
test -e $BIN/venv-package || { echo "ensurepip is not available" >&2; exit 1; }
VENV=$4
mkdir -p $VENV/bin
cat > $VENV/bin/python <<'END'
#!/bin/sh
case "$*" in *sys.version_info*) echo 3.12.1;; esac
END
chmod +x $VENV/bin/python
echo "#!$VENV/bin/python" > $VENV/bin/pip
echo > $VENV/bin/golive
"""


@pytest.fixture
def debian(ready, monkeypatch):
    """A Debian whose Python has no venv module, as it comes out of the box."""
    python = ready.program("debian-python3", MAKES_ENVIRONMENT)
    monkeypatch.setattr(sys, "executable", str(python))
    (ready.root / ".venv/bin/pip").unlink()
    ready.program("apt-get", 'case "$1" in install) touch $BIN/venv-package;; esac')
    return ready


def test_root_installs_debians_own_venv_package(debian):
    debian.is_root = True
    assert run(debian) == 0
    (package,) = [call for call in debian.calls() if call.startswith("apt-get install")]
    assert package.endswith(f"python3.{sys.version_info[1]}-venv")


def test_without_root_debians_venv_package_is_named(debian, capsys):
    assert run(debian) == 3
    assert f"python3.{sys.version_info[1]}-venv" in capsys.readouterr().out
    assert not [call for call in debian.calls() if call.startswith("apt-get")]
