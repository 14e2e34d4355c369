"""State is ``fold(records)``: run, resume, rollback and every report read the same journal."""

from __future__ import annotations

from collections.abc import Iterable

from golive.record.bulk import no_cycles
from golive.record.chain import Record
from golive.run.runrecords import RUN_RECORDS
from golive.run.runstate import Attempt, Note, RunState
from golive.run.taskrecords import TASK_RECORDS, press_of
from golive.run.working import begin, end
from golive.runbook.planning import Plan

__all__ = ["Attempt", "Note", "RunState", "fold", "press_of"]

#: Who acted besides the actor: a second person, and who brought what was done on paper.
_OTHERS = ("second", "by")
_RECORDS = {**RUN_RECORDS, **TASK_RECORDS}


def fold(plan: Plan, records: Iterable[Record], start: RunState | None = None) -> RunState:
    """Return the state after these records; ``start`` is the state before the first of them."""
    state = begin(start or RunState(plan=plan))
    counted, head, head_hash = dict(state.assurance), state.head, state.head_hash
    with no_cycles():
        for record in records:
            data = record.data
            if handler := _RECORDS.get(record.type):
                state = handler(state, data, record)
            assured = record.actor.assurance
            if assured != "system":
                counted[assured] = counted.get(assured, 0) + 1
            for other in _OTHERS:
                if other in data and (told := data[other].get("assurance", "system")) != "system":
                    counted[told] = counted.get(told, 0) + 1
            head, head_hash = record.seq, record.hash
    return end(state, head=head, head_hash=head_hash, assurance=counted)
