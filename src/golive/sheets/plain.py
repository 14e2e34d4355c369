"""A workbook of one plain sheet, written as it is stored: a table of cells and nothing else.

Parts and names are those of ECMA-376 part 1 (SpreadsheetML); text stands in the cell itself
(``inlineStr``). openpyxl takes two seconds for what this writes in a tenth of one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from golive.errors import Refused
from golive.sheets.csvtext import is_formula
from golive.sheets.table import Cell

__all__ = ["LONGEST", "column_width", "plain_workbook"]

#: Characters a cell takes.
LONGEST = 32_767
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: Formats of a cell, by their place in the styles: text, header, text that looks like a formula.
_TEXT, _HEADER, _QUOTED = 1, 2, 3
#: What XML 1.0 cannot say.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The same time in every file: equal rows give equal bytes.
_WHEN = (1980, 1, 1, 0, 0, 0)
_ALIGNED = '<alignment vertical="top" wrapText="1"/>'
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        '</cellStyleXfs><cellXfs count="4">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        f'<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0">{_ALIGNED}</xf>'
        f'<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0">{_ALIGNED}</xf>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1">'
        f'{_ALIGNED}</xf></cellXfs><cellStyles count="1">'
        '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


def plain_workbook(rows: Sequence[Sequence[Cell]], sheet: str) -> bytes:
    """Return a workbook of these rows, the first being the header. Text stays text.

    Raise Refused for a text longer than a cell takes.
    """
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = _PARTS | {
        "xl/workbook.xml": book,
        "xl/worksheets/sheet1.xml": "".join(_sheet(rows)),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(
                zipfile.ZipInfo(name, _WHEN), _HEAD + text, compress_type=zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _sheet(rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    columns = range(1, max(map(len, rows), default=0) + 1)
    letters = [_letters(column) for column in columns]
    yield f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    yield "</sheetView></sheetViews>"
    if columns:
        yield "<cols>"
        for column in columns:
            width = column_width(rows, column)
            yield f'<col min="{column}" max="{column}" width="{width}" customWidth="1"/>'
        yield "</cols>"
    yield "<sheetData>"
    for number, row in enumerate(rows, start=1):
        yield f'<row r="{number}">'
        for letter, value in zip(letters, row, strict=False):
            yield _cell(f"{letter}{number}", value, header=number == 1)
        yield "</row>"
    yield "</sheetData></worksheet>"


def _cell(place: str, value: Cell, *, header: bool) -> str:
    if not isinstance(value, str):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    if len(value) > LONGEST:
        raise Refused.of(
            f"cell {place}",
            f"would hold {len(value)} characters, a workbook takes {LONGEST}",
            hint="write a .csv file",
        )
    style = _HEADER if header else _QUOTED if is_formula(value) else _TEXT
    text = escape(_ILLEGAL.sub("\ufffd", value))
    return (
        f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    )


def _letters(column: int) -> str:
    """Return a column's letters: 1 is ``A``, 27 is ``AA``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_width(rows: Sequence[Sequence[Cell]], column: int) -> float:
    """Return a column's width: its longest cell, a Chinese character counting two."""
    texts: Iterator[str] = (str(row[column - 1]) for row in rows if len(row) >= column)
    longest = max((len(text.encode("gb18030", "replace")) for text in texts), default=0)
    return float(min(max(longest + 2, 8), 60))
