"""``status --watch``: the screen again and again, until the run is closed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.run.test_steering import sit, tell

from golive.cli import look

__all__ = ["sit"]


@pytest.fixture
def watched(sit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A run that is paused after the first look and closed after the second; returns the pauses."""
    desk = sit()
    (tmp_path / "pyproject.toml").write_text('[tool.golive]\nenvironment = "e"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(look, "run_folder", lambda project, name: desk.folder)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            tell(desk, "run.paused", reason="")
        else:
            tell(desk, "run.closed", exit=4, verdict="stopped", reasons=["enough"])

    monkeypatch.setattr(look.time, "sleep", pause)
    return pauses


def test_it_shows_the_screen_every_second_until_the_run_is_closed(watched: list[float]) -> None:
    done = CliRunner().invoke(look.status, ["--watch"], catch_exceptions=False)
    screens = done.output.split("golive *** LIVE ***")[1:]
    assert (done.exit_code, len(screens), watched) == (0, 3, [1, 1])
    assert ["PAUSED" in screen for screen in screens] == [False, True, False]
    assert "> STOPPED" in screens[2]
    assert "enough" in screens[2]


def test_for_machines_each_look_is_one_answer(watched: list[float]) -> None:
    done = CliRunner().invoke(look.status, ["--watch", "--json"], catch_exceptions=False)
    decoder, text, phases = json.JSONDecoder(), done.output, []
    while text.strip():
        data, end = decoder.raw_decode(text.lstrip())
        text = text.lstrip()[end:]
        phases.append(data["phase"])
    assert phases == ["running", "paused", "closed"]


def test_without_it_there_is_one_screen_and_no_pause(watched: list[float]) -> None:
    done = CliRunner().invoke(look.status, [], catch_exceptions=False)
    assert done.output.count("golive *** LIVE ***") == 1
    assert watched == []
