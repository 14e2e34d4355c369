"""Each file of refused/ is a wrong comparison, and says what of it is refused. No Python needed.

A line ``# refused: LINE: SENTENCE`` for each mistake: all of them are told, and nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from golive.compare.reading import read_comparison
from golive.errors import SpecError

FILES = sorted((Path(__file__).parent / "refused").glob("*.yaml"))
_REFUSED = re.compile(r"^# refused: (\d+): (.+)$", re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_mistake_is_told_with_its_line_and_nothing_else(path):
    wanted = sorted((int(line), said) for line, said in _REFUSED.findall(path.read_text("utf-8")))
    assert wanted
    with pytest.raises(SpecError) as caught:
        read_comparison(path)
    found = sorted((item.line, f"{item.subject}: {item.message}") for item in caught.value.problems)
    assert found == wanted
    assert all(item.hint for item in caught.value.problems)
