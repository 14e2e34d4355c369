"""behave inside golive: the Runner for plain ``behave`` and the engine pytest's items call."""

from golive.uat.behave.engine import Engine, Fixtures
from golive.uat.behave.reading import (
    Case,
    FeatureCases,
    Selection,
    read_case_file,
    read_case_files,
    select_cases,
)
from golive.uat.behave.runner import Runner, find_gaps, own_sentences
from golive.uat.behave.witness import Observer

__all__ = [
    "Case",
    "Engine",
    "FeatureCases",
    "Fixtures",
    "Observer",
    "Runner",
    "Selection",
    "find_gaps",
    "own_sentences",
    "read_case_file",
    "read_case_files",
    "select_cases",
]
