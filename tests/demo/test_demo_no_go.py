"""A fault of the demo ends its story with NO-GO, before the cutover and with its cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.demo.workspace import tell


# The other faults are told by `make prove`.
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("fault", "language", "place"),
    [("rounding", "en", "REC-ORDERS"), ("empty-suite", "zh", "features/")],
)
def test_a_fault_is_no_go_before_the_cutover_with_its_cause(
    tmp_path: Path, fault: str, language: str, place: str
) -> None:
    words = ("--orders", "400", "--fault", fault, "--lang", language)
    told = tell(tmp_path / "w", *words, process="stock")
    assert told.code == 1, told.output[-6000:]
    assert any(place in cause for cause in told.causes), told.output[-6000:]
    assert "open" not in told.effects()
    assert (told.root / "reports/rendered" / told.release / "index.html").is_file()
