"""Test cases as business users keep them: a sheet in, a feature out, and the results back."""

from golive.uat.cases.importing import Imported, import_cases
from golive.uat.cases.listing import case_rows
from golive.uat.cases.reading import SheetCase, read_cases
from golive.uat.cases.returning import returned_cells

__all__ = ["Imported", "SheetCase", "case_rows", "import_cases", "read_cases", "returned_cells"]
