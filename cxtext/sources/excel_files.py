"""Excel workbooks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxtext.sources.base import Feed, FileSource, Record
from cxtext.sources.csv_files import unique_names


class ExcelFiles(FileSource):
    """`kind = "excel"`: the first sheet, or the one that `sheet` names; the first row names the columns."""

    def open(self, path: Path) -> Feed:
        """The records of one sheet."""
        from python_calamine import CalamineError, CalamineWorkbook

        try:
            workbook = CalamineWorkbook.from_path(path)
        except CalamineError as error:
            raise ValueError(f"not an Excel workbook: {error}") from None
        name = self.settings.sheet or workbook.sheet_names[0]
        if name not in workbook.sheet_names:
            raise ValueError("has no sheet of the name in the settings; correct sheet")
        rows = iter(workbook.get_sheet_by_name(name).to_python(skip_empty_area=True))
        header = next(rows, None)
        if header is None:
            return Feed(self.name_of(path), None, iter(()))
        columns = tuple(unique_names([str(cell).strip() for cell in header]))
        return Feed(self.name_of(path), columns, _records(rows, columns))


def _records(rows: Iterator[list[Any]], columns: tuple[str, ...]) -> Iterator[Record]:
    number = 0
    for cells in rows:
        if all(cell == "" or cell is None for cell in cells):
            continue
        number += 1
        yield Record(number, dict(zip(columns, map(_plain, cells), strict=False)))


def _plain(cell: Any) -> Any:
    # a spreadsheet has no whole numbers: the id 1042 arrives as 1042.0
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return None if cell == "" else cell
