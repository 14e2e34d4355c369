"""The Chinese font: fontconfig is asked, and root may install the small one."""

from __future__ import annotations

import pytest


@pytest.fixture
def font():
    from provision import font  # noqa: PLC0415

    return font


def test_a_font_that_is_there_is_named(fake, font):
    fake.program("fc-list", "echo 'WenQuanYi Micro Hei,文泉驛微米黑'")
    part = font.provide(fake.machine())
    assert part.ready
    assert "WenQuanYi Micro Hei" in part.detail
    assert fake.calls() == ["fc-list :lang=zh-cn family"]


@pytest.mark.parametrize("has_fontconfig", [True, False])
def test_without_root_the_next_action_names_the_packages(fake, font, has_fontconfig):
    if has_fontconfig:
        fake.program("fc-list")
    part = font.provide(fake.machine())
    assert not part.ready
    assert "fonts-wqy-microhei" in part.hint
    assert "fontconfig" in part.hint


def test_root_installs_fontconfig_and_the_font(fake, font):
    fake.program(
        "apt-get",
        'case "$1" in install) printf "#!/bin/sh\\necho WenQuanYi\\n" > $BIN/fc-list;'
        " chmod +x $BIN/fc-list;; esac",
    )
    fake.is_root = True
    assert font.provide(fake.machine()).ready
    assert fake.calls()[-1].endswith("fontconfig fonts-wqy-microhei")


def test_an_installation_without_effect_is_not_called_ready(fake, font):
    fake.program("fc-list")
    fake.program("apt-get")
    fake.is_root = True
    part = font.provide(fake.machine())
    assert not part.ready
    assert "still not listed" in part.detail
