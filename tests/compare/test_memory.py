"""The memory a comparison may use is a setting of the environment."""

from __future__ import annotations

import pytest

from golive.compare.comparing import compare
from golive.compare.database import bounds_of, connect
from golive.contracts import Environment
from golive.errors import SetupError
from golive.testing import RecordedContext


def context(folder, **facts):
    environment = Environment(name="live", kind="test", targets={}, facts=facts)
    return RecordedContext(workspace=folder, workdir=folder, environment=environment)


@pytest.mark.parametrize(
    ("facts", "limit"), [({}, "896.0 MiB"), ({"compare_memory": "512MB"}, "427.2 MiB")]
)
def test_the_setting_less_an_eighth_for_all_else_is_the_databases_limit(tmp_path, facts, limit):
    with connect(tmp_path, bounds_of(context(tmp_path, **facts))) as connection:
        assert connection.execute("SELECT current_setting('memory_limit')").fetchone() == (limit,)


def test_what_is_no_amount_is_refused_before_anything_is_read(bench):
    spec = bench.run([("1", "a")], [("1", "a")], bench.value()).comparison
    wrong = context(bench.folder, compare_memory="much")
    with pytest.raises(SetupError, match="compare_memory 'much' is no amount of memory"):
        compare(spec, wrong)
    assert not (bench.folder / "old").exists()
