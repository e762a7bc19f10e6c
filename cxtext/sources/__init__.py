"""Where documents come from. A new source is one file in this folder and one line in `SOURCES`."""

from collections.abc import Callable
from pathlib import Path

from cxtext.errors import CxtextError
from cxtext.settings import SourceSettings
from cxtext.sources.base import Feed, Record, Source
from cxtext.sources.csv_files import CsvFiles
from cxtext.sources.excel_files import ExcelFiles
from cxtext.sources.jsonl_files import JsonLinesFiles
from cxtext.sources.parquet_files import ParquetFiles

# kind in cxtext.toml -> what reads it
SOURCES: dict[str, Callable[[SourceSettings, Path], Source]] = {
    "csv": CsvFiles,
    "excel": ExcelFiles,
    "jsonl": JsonLinesFiles,
    "parquet": ParquetFiles,
}


def open_source(settings: SourceSettings, base: Path) -> Source:
    """The source that a `[[sources]]` block describes; `base` is the folder its path is relative to."""
    if settings.kind not in SOURCES:
        raise CxtextError(f"source {settings.name}: unknown kind {settings.kind!r}; known: {', '.join(SOURCES)}")
    return SOURCES[settings.kind](settings, base)


__all__ = ["SOURCES", "Feed", "Record", "Source", "open_source"]
