"""What a process sets up once: a browser that died is replaced, what failed is said again."""

from __future__ import annotations

import pytest

from golive.errors import SetupError
from golive.uat.stage import Stage


def test_a_browser_that_crashed_is_started_anew_for_the_next_scenario(tmp_path):
    stage = Stage(tmp_path, tmp_path)
    try:
        first = stage.browser()
        assert stage.browser() is first
        first._browser.close()
        assert stage.browser() is not first
        stage.browser().context().new_page()
    finally:
        stage.close()


def test_a_browser_that_is_missing_is_looked_for_once(tmp_path, monkeypatch):
    monkeypatch.setenv("GOLIVE_BROWSER", "/no/such/browser")
    stage = Stage(tmp_path, tmp_path)
    with pytest.raises(SetupError) as first:
        stage.browser()
    monkeypatch.delenv("GOLIVE_BROWSER")
    with pytest.raises(SetupError) as second:
        stage.browser()
    assert second.value is first.value
