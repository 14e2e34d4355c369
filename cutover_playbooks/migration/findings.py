"""What cleansing found: rejects, merges and repairs, counted per entity."""

from __future__ import annotations

from dataclasses import dataclass, field

from job import Row

ENTITIES = (
    "customers",
    "products",
    "prices",
    "stock",
    "orders",
    "order_lines",
    "invoices",
    "payments",
    "ledger_balances",
)


@dataclass(slots=True)
class Findings:
    """Collects while the old rows are gone through; every old row is met exactly once."""

    loaded: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in ENTITIES})
    rejects: list[Row] = field(default_factory=list)
    merges: list[tuple[str, str]] = field(default_factory=list)
    repairs: list[Row] = field(default_factory=list)

    def load(self, entity: str, row: Row) -> None:
        """Take a clean row."""
        self.loaded[entity].append(row)

    def reject(self, entity: str, key: str, reason: str) -> None:
        """Leave an old row out, and say why."""
        self.rejects.append({"entity": entity, "key": key, "reason": reason})

    def merge(self, entity: str, key: str) -> None:
        """Count an old row as part of another one."""
        self.merges.append((entity, key))

    def repair(
        self, entity: str, key: str, field_name: str, old: object, new: object, rule: str
    ) -> None:
        """Note a value that was changed by more than trimming."""
        self.repairs.append(
            {
                "entity": entity,
                "key": key,
                "field": field_name,
                "old_value": old,
                "new_value": new,
                "rule": rule,
            }
        )

    def count(self, entity: str, source: int) -> dict[str, int]:
        """Give source, loaded, rejected and merged of an entity, each counted on its own."""
        return {
            "source": source,
            "loaded": len(self.loaded[entity]),
            "rejected": sum(row["entity"] == entity for row in self.rejects),
            "merged": sum(name == entity for name, _ in self.merges),
        }
