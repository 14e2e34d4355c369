"""What every criterion asks of: the facts, the items, what is waived, and one language; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from golive.gate.assessment import Finding, Item, ItemState, Lane
from golive.gate.criteria import CriterionState
from golive.gate.facts import Facts, RunFact, RunKind
from golive.gate.policy import Policy

__all__ = ["Case", "share"]

S = ItemState


def share(count: int, total: int) -> float:
    """Return count of total, 0 of nothing: an empty set proves nothing."""
    return count / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One assessment in the making."""

    facts: Facts
    items: tuple[Item, ...]
    #: Items whose failure a valid waiver covers.
    waived: frozenset[str]
    language: str

    @property
    def policy(self) -> Policy:
        """What is asked for."""
        return self.facts.lock.policy

    def say(self, english: str, chinese: str) -> str:
        """Return the sentence in the assessment's language."""
        return chinese if self.language == "zh" else english

    def lane(self, lane: Lane) -> tuple[Item, ...]:
        """Return the items of a lane that count: expected, and not in quarantine."""
        out = {S.QUARANTINED, S.UNPLANNED}
        return tuple(item for item in self.items if item.lane is lane and item.state not in out)

    def runs(self, kind: RunKind) -> tuple[RunFact, ...]:
        """Return the runs of a kind that count, oldest first."""
        return tuple(run for run in self.facts.counting if run.kind is kind)

    def state(self, bad: Iterable[Item], *, enough: bool = False) -> CriterionState:
        """Return how a criterion stands that these items stand against.

        ``enough``: it is met although there are some. Waived items do not stand against it.
        """
        against = tuple(bad)
        if enough or not against:
            return CriterionState.MET
        left = [item for item in against if item.id not in self.waived]
        if not left:
            return CriterionState.WAIVED
        states = {item.state for item in left}
        if states & {S.FAILED, S.CORRUPT, S.DUPLICATE, S.FOREIGN}:
            return CriterionState.NOT_MET
        return CriterionState.STALE if states == {S.STALE} else CriterionState.NO_EVIDENCE

    def finding(
        self,
        id: str,  # noqa: A002 - the finding's own field
        question: tuple[str, str],
        go: tuple[str, str],
        no_go: tuple[str, str],
        found: tuple[str, str],
        state: CriterionState,
        *,
        counts: tuple[int, int] | None = None,
        items: Sequence[Item] = (),
        runs: Sequence[str] = (),
        mandatory: bool = True,
    ) -> Finding:
        """Make a finding; each text is given in English and in Chinese."""
        return Finding(
            id=id,
            question=self.say(*question),
            go=self.say(*go),
            no_go=self.say(*no_go),
            found=self.say(*found),
            state=state,
            mandatory=mandatory,
            count=counts[0] if counts else None,
            total=counts[1] if counts else None,
            items=tuple(item.id for item in items),
            runs=tuple(runs) or tuple(dict.fromkeys(item.run for item in items if item.run)),
        )
