"""behave inside golive: the Runner for plain ``behave`` and the engine pytest's items call."""

from golive.uat.behave.engine import Engine, Observer
from golive.uat.behave.reading import (
    Case,
    FeatureCases,
    Selection,
    read_case_file,
    read_case_files,
    select_cases,
)
from golive.uat.behave.runner import Runner, find_gaps

__all__ = [
    "Case",
    "Engine",
    "FeatureCases",
    "Observer",
    "Runner",
    "Selection",
    "find_gaps",
    "read_case_file",
    "read_case_files",
    "select_cases",
]
