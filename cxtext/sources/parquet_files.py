"""Parquet files."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cxtext.sources.base import Feed, FileSource, Record

BATCH_ROWS = 10_000


class ParquetFiles(FileSource):
    """`kind = "parquet"`: read in batches, whatever the file's size."""

    def open(self, path: Path) -> Feed:
        """The records of one file."""
        try:
            file = pq.ParquetFile(path)
        except pa.ArrowException as error:
            raise ValueError(f"not a Parquet file: {error}") from None
        return Feed(self.name_of(path), tuple(file.schema_arrow.names), _records(file))


def _records(file: pq.ParquetFile) -> Iterator[Record]:
    number = 0
    with file:
        try:
            for batch in file.iter_batches(BATCH_ROWS):
                for values in batch.to_pylist():
                    number += 1
                    yield Record(number, values)
        except pa.ArrowException as error:
            raise ValueError(f"damaged Parquet file: {error}") from None
