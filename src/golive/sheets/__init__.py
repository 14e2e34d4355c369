"""Spreadsheets in and out: .xlsx, and CSV as any editor and any country's Excel saves it.

    table = read_table(path)                    rows of text, each with its number in the sheet
    for record in table.records(): ...          header word -> cell
    write_table(path, rows)                     .xlsx or .csv by the name's ending
    fill_table(path, out, {(row, column): text})  the same sheet with some cells written

A cell is what a person reads in it: ``98%``, ``0012``, ``2026-12-05``, without blanks around. Text
that a spreadsheet would take for a formula is written so that it stays text, and read back so. A
:class:`Link` is text that opens the file it names.
"""

from golive.sheets.files import fill_table, read_table, write_table
from golive.sheets.table import Cell, Link, Record, Row, Table

__all__ = ["Cell", "Link", "Record", "Row", "Table", "fill_table", "read_table", "write_table"]
