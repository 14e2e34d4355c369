"""An assessment as JSON data, for machines and for the evidence store, and back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from golive.gate.assessment import Assessment
from golive.specfile import SpecDocument, build

__all__ = ["assessment_from_json", "assessment_to_json"]


def assessment_to_json(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as plain JSON data; instants as RFC 3339 in UTC."""
    data: dict[str, Any] = _plain(asdict(assessment))
    return data


def assessment_from_json(data: Mapping[str, Any]) -> Assessment:
    """Rebuild an assessment. Raise SpecError when the data is none."""
    return build(Assessment, SpecDocument(path="assessment.json", data=dict(data), lines={}))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
