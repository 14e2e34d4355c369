"""The demo's faults: one at a time is switched on, and the go-live must come out NO-GO for it.

The switch is the file ``fault`` in the demo folder. Each fault is a mistake real projects made;
it sits where that mistake is made, in the systems, the migration scripts or the operators' tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from demo.new.settings import Settings, write_settings
from demo.site import DemoError, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "FAULTS",
    "FORGOTTEN_TABLE",
    "NONE",
    "SLOW_SECONDS",
    "Fault",
    "active",
    "each_thousandth",
    "set_fault",
]

NONE = "none"
_FILE = "fault"
#: What `slow-endpoint` adds to entering an order.
SLOW_SECONDS = 5.0
#: What `bad-rollback` leaves behind.
FORGOTTEN_TABLE = "journal_entry"
_EVERY = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One mistake: what it does, in both languages, and where the proof must point to."""

    name: str
    en: str
    zh: str
    #: What a cause must name: a task of the runbook, a file, a table, a node.
    found_by: str


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            name="rounding",
            en="the migration loads one order amount in a thousand off by 0.01",
            zh="迁移时每一千个订单金额有一个差 0.01",
            found_by="REC-ORDERS",
        ),
        Fault(
            name="dropped-rows",
            en="the migration loses one order in a thousand",
            zh="迁移时每一千张订单丢失一张",
            found_by="REC-ORDERS",
        ),
        Fault(
            name="slow-endpoint",
            en="entering an order in the new system takes 5 seconds longer",
            zh="新系统录入订单慢 5 秒",
            found_by="load/profiles.yaml",
        ),
        Fault(
            name="broken-approval",
            en="the new system lets a clerk approve orders",
            zh="新系统允许业务员审批订单",
            found_by="features/order_to_cash/order_entry.feature",
        ),
        Fault(
            name="bad-rollback",
            en="the way back forgets one table of the new system",
            zh="回退时漏掉新系统的一张表",
            found_by=FORGOTTEN_TABLE,
        ),
        Fault(
            name="unequal-sites",
            en="the second node of the new system is configured otherwise",
            zh="新系统第二个节点的配置不一致",
            found_by="new_b",
        ),
        Fault(
            name="empty-suite",
            en="the acceptance test is run with all scenarios deselected",
            zh="验收测试未选中任何场景",
            found_by="features/",
        ),
        Fault(
            name="stale-build",
            en="the new system is rebuilt after its acceptance test",
            zh="验收测试之后新系统重新构建",
            found_by="build",
        ),
    )
}


def set_fault(folder: Path, name: str) -> None:
    """Switch one fault on, or all off (`none`); servers learn of it at their next start.

    Raise DemoError for a name that is none, naming those there are.
    """
    if name not in (*FAULTS, NONE):
        raise DemoError(f"there is no fault '{name}' (known: {', '.join(FAULTS)}, {NONE})")
    other = Settings(credit_check=name != "unequal-sites")
    write_settings(folder, "new_b", other)
    if name == NONE:
        (folder / _FILE).unlink(missing_ok=True)
    else:
        write_atomically(folder / _FILE, f"{name}\n")


def active(folder: Path) -> str:
    """Return the fault that is switched on in the demo folder, empty when none is."""
    try:
        return (folder / _FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def each_thousandth(rows: Iterable[T]) -> tuple[T, ...]:
    """Return the first of every thousand rows: at least one of a few."""
    return tuple(islice(rows, 0, None, _EVERY))
