"""Without a Chinese font nothing is printed: a page of empty boxes might be signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.conftest import Case

from golive.browser import Browser
from golive.errors import SetupError
from golive.report.pdf import print_page


def test_without_a_chinese_font_the_package_to_install_is_named(
    go: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path / "fonts.conf"
    nothing.write_text(
        '<?xml version="1.0"?><fontconfig><dir>/nonexistent</dir>'
        f"<cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(nothing))
    browser = Browser.start()
    try:
        assert not browser.draws_chinese()
        with pytest.raises(SetupError, match="fonts-wqy-microhei") as refused:
            print_page(browser, go.document, "zh", tmp_path / "page.pdf")
    finally:
        browser.close()
    assert refused.value.exit_code == 3
    assert not (tmp_path / "page.pdf").exists()
