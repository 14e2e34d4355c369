"""PINs: nothing to read back, tries counted across processes, tokens that end."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golive.errors import Refused
from golive.record.pins import PinDesk, hash_pin, is_pin_hash, matches

NOW = datetime(2026, 12, 5, 18, tzinfo=UTC)
PIN = "483920"


@pytest.fixture(scope="module")
def stored() -> str:
    return hash_pin(PIN)


def test_a_hash_is_salted_and_says_nothing_of_the_pin(stored: str) -> None:
    assert PIN not in stored
    assert stored != hash_pin(PIN)
    assert is_pin_hash(stored)
    assert matches(PIN, stored)
    assert not matches("483921", stored)


@pytest.mark.parametrize("pin", ["12345", "111111", "121212", "123456", "987654", ""])
def test_a_pin_easy_to_guess_is_refused(pin: str) -> None:
    with pytest.raises(Refused, match="too easy to guess"):
        hash_pin(pin)


@pytest.mark.parametrize("text", ["", "483920", "scrypt$40$8$1$AA==$AA==", "md5$1$1$1$AA==$AA==",
                                  "scrypt$15$8$1$not base64$AA=="])  # fmt: skip
def test_what_is_no_hash_matches_nothing(text: str) -> None:
    assert not is_pin_hash(text)
    assert not matches(PIN, text)


def test_five_wrong_pins_and_the_person_waits(tmp_path: Path, stored: str) -> None:
    for left in ("4 tries", "3 tries", "2 tries", "1 tries", "no try"):
        with pytest.raises(Refused, match=f"is wrong .{left} left"):
            # A desk of its own each time: another process counts on.
            PinDesk(tmp_path / "pins").check("li", stored, "000001", NOW)
    with pytest.raises(Refused, match="try again after 18:15:00 UTC"):
        PinDesk(tmp_path / "pins").check("li", stored, PIN, NOW + timedelta(minutes=14))
    PinDesk(tmp_path / "pins").check("li", stored, PIN, NOW + timedelta(minutes=15))


def test_a_right_pin_begins_the_count_anew_and_each_person_has_their_own(
    tmp_path: Path, stored: str
) -> None:
    desk = PinDesk(tmp_path / "pins")
    for _ in range(4):
        with pytest.raises(Refused):
            desk.check("li", stored, "000001", NOW)
    desk.check("mei", stored, PIN, NOW)
    desk.check("li", stored, PIN, NOW)
    with pytest.raises(Refused, match="4 tries left"):
        desk.check("li", stored, "000001", NOW)


def test_a_token_stands_for_one_person_until_it_ends(tmp_path: Path) -> None:
    desk = PinDesk(tmp_path / "pins")
    assert desk.holder("anything", NOW) == ""
    token = desk.issue("li", NOW, timedelta(hours=12))
    assert desk.holder(token, NOW + timedelta(hours=11)) == "li"
    assert desk.holder(token, NOW + timedelta(hours=12)) == ""
    assert desk.holder(token + "x", NOW) == ""
    kept = (tmp_path / "pins" / "tokens.json").read_text()
    assert token not in kept
    # Tokens that ended are dropped with the next one.
    desk.issue("mei", NOW + timedelta(days=1), timedelta(hours=1))
    assert len(json.loads((tmp_path / "pins" / "tokens.json").read_text())) == 1


def test_nobody_else_reads_the_folder(tmp_path: Path) -> None:
    desk = PinDesk(tmp_path / "pins")
    desk.issue("li", NOW, timedelta(hours=1))
    for path in (tmp_path / "pins", tmp_path / "pins" / "tokens.json"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
