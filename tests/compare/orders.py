"""A workspace's settings and one comparison: the orders of two SQLite files."""

from __future__ import annotations

from typing import Any

SPEC: dict[str, Any] = {
    "schema": "golive/comparison/v1",
    "id": "orders",
    "title": "orders",
    "title_zh": "订单",
    "old": {"source": "sqlite", "target": "old", "table": "orders"},
    "new": {"source": "sqlite", "target": "new", "table": "orders"},
    "key": [{"old": "number", "new": "number", "as": "varchar"}],
    "columns": [{"old": "total", "new": "total", "as": "decimal(18,2)"}],
}
PROJECT = """
[tool.golive]
environment = "demo"
[tool.golive.environments.demo]
kind = "demo"
[tool.golive.environments.demo.targets.old]
database = "sqlite:///old.db"
[tool.golive.environments.demo.targets.new]
database = "sqlite:///new.db"
"""
