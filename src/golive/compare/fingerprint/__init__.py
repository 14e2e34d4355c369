"""Fingerprints of databases, files and routing, taken by golive itself, and their differences."""

from golive.compare.fingerprint.databases import fingerprint_database
from golive.compare.fingerprint.differences import Difference, compare_fingerprints
from golive.compare.fingerprint.files import fingerprint_files
from golive.compare.fingerprint.prints import (
    DatabasePrint,
    FilePrint,
    Fingerprint,
    RoutePrint,
    TableDigest,
    fingerprint_from_json,
    fingerprint_to_json,
)
from golive.compare.fingerprint.routing import fingerprint_routing

__all__ = [
    "DatabasePrint",
    "Difference",
    "FilePrint",
    "Fingerprint",
    "RoutePrint",
    "TableDigest",
    "compare_fingerprints",
    "fingerprint_database",
    "fingerprint_files",
    "fingerprint_from_json",
    "fingerprint_routing",
    "fingerprint_to_json",
]
