"""Reading labelled files."""

from pathlib import Path

import pandas as pd

from cxtext.errors import CxtextError


def read_columns(path: Path, columns: list[str]) -> pd.DataFrame:
    """The named columns of a CSV file as text. Raises CxtextError when the file or a column is missing."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CxtextError(f"{path}: cannot be read as CSV: {error}") from None
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise CxtextError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(frame.columns)}")
    if frame.empty:
        raise CxtextError(f"{path}: holds no rows; label some documents first")
    return frame[columns]
