"""Keep the record of a pytest run's scenarios and work out the code it ends with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golive.errors import ExitCode, worst
from golive.uat.results import (
    PASSED,
    Result,
    Results,
    attempt_of,
    close_world,
    counted,
    counts,
    exit_code,
    result_from,
    write_results,
)
from golive.uat.sharding import remember_timings

__all__ = ["Recording"]

#: pytest's own codes: interrupted, internal error, usage error.
_INTERRUPTED, _INTERNAL, _USAGE = 2, 3, 4


@dataclass(slots=True, kw_only=True)
class Recording:
    """Expected scenarios, results and problems of one run."""

    out: Path
    select: str = ""
    expected: tuple[str, ...] = ()
    results: dict[str, Result] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    #: A test that is no scenario failed.
    others_failed: bool = False
    #: Environment, targets and browser, from whoever used them.
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    #: Tries that another followed, by scenario id.
    earlier: dict[str, list[Result]] = field(default_factory=dict)
    #: What went wrong outside any scenario, so that nothing more can be told.
    troubles: list[str] = field(default_factory=list)
    shard: Mapping[str, str] = field(default_factory=dict)

    def take(self, data: Mapping[str, Any], *, final: bool) -> None:
        """Take a scenario's result; one that is not final will be tried again."""
        result = result_from(data)
        if final:
            self.results[result.id] = result
        else:
            self.earlier.setdefault(result.id, []).append(result)

    def expect(self, ids: Sequence[str]) -> None:
        """Write down what is going to run, and clear what an earlier run left in the folder."""
        self.expected = tuple(ids)
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "results.json").unlink(missing_ok=True)
        for pattern in ("screenshots/*/*.jpg", "details/*.txt", "restricted/*"):
            for path in self.out.glob(pattern):
                path.unlink()
        text = json.dumps({"expected": self.expected}, ensure_ascii=False, indent=1)
        (self.out / "expected.json").write_text(text + "\n", encoding="utf-8")

    def learn(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Add facts from this process or a worker."""
        for key, value in facts.items():
            self.facts.setdefault(key, {}).update(value)

    def code(self, pytest_code: int, *, collect_only: bool = False) -> ExitCode:
        """Return golive's exit code for a run in which features were met."""
        if pytest_code == _INTERNAL:
            return ExitCode.BUG
        if pytest_code == _USAGE or self.problems:
            return ExitCode.REFUSED
        codes = [ExitCode.FAILED] if self.others_failed else []
        codes += [ExitCode.BROKEN] if self.troubles else []
        if collect_only:
            return worst([*codes, ExitCode.PASSED if self.expected else ExitCode.REFUSED])
        if pytest_code == _INTERRUPTED:
            got = tuple(self.results.values())
            return worst([*codes, ExitCode.STOPPED, *([exit_code(got)] if got else [])])
        return worst([*codes, exit_code(self.closed())])

    def closed(self) -> tuple[Result, ...]:
        """Return one result for each scenario expected; what did not come back is broken."""
        if self.problems and not self.results:
            return ()
        return close_world(self.expected, self._results())

    def _results(self) -> Iterator[Result]:
        for id_, result in self.results.items():
            tries = tuple(map(attempt_of, self.earlier.get(id_, ())))
            yield replace(result, earlier=tries) if tries else result

    def write(self, code: ExitCode) -> Path:
        """Write ``results.json`` and return its path."""
        scenarios = self.closed()
        return write_results(
            self.out,
            Results(
                started=self.started,
                ended=datetime.now(UTC).isoformat(),
                select=self.select,
                environment=str(self.facts.get("environment", {}).get("name", "")),
                targets=self.facts.get("targets", {}),
                browser=self.facts.get("browser", {}),
                expected=self.expected,
                scenarios=scenarios,
                problems=(*self.problems, *self.troubles),
                counts=counts(scenarios),
                exit_code=int(code),
                shard=self.shard,
            ),
        )

    def remember_timings(self, path: Path) -> None:
        """Remember how long each scenario that passed took, for the next division into shards."""
        passed = [(r.id, r.duration) for r in self.closed() if r.status == PASSED]
        if passed:
            remember_timings(path, passed)

    def summary(self) -> str:
        """Return one line: how many scenarios have which status."""
        closed = self.closed()
        shown = [f"{number} {status}" for status, number in counts(closed).items() if number]
        retried = len(self.passed_on_retry())
        again = f" ({retried} on retry)" if retried else ""
        plural = "s" if len(closed) != 1 else ""
        return f"{len(closed)} scenario{plural}: {', '.join(shown) or 'none was run'}{again}"

    def passed_on_retry(self) -> tuple[Result, ...]:
        """Return what passed only after a try that did not."""
        return tuple(r for r in counted(self.closed()) if r.status == PASSED and r.retries)

    def set_aside(self) -> tuple[Result, ...]:
        """Return the quarantined scenarios, whatever came of them."""
        return tuple(result for result in self.closed() if result.quarantined)
