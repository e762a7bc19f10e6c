"""Faults in one line, without a customer's words: Prefect keeps logs and states in a database of its own."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxtext.errors import CxtextError

RUN_LOGS = ("prefect.flow_runs", "prefect.task_runs")


@contextmanager
def in_one_line(step: str) -> Iterator[None]:
    """Turn any fault of a step into a CxtextError; of an unforeseen one tell kind and place: its words may quote a row.

    A TimeoutError passes: Prefect's own timeouts are told by it.
    """
    try:
        yield
    except (CxtextError, TimeoutError):
        raise
    except OSError as error:  # names a file and a reason
        raise CxtextError(f"{step}: {error}") from None
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise CxtextError(
            f"{step}: {type(error).__name__} in {Path(place.filename).name}, line {place.lineno}; "
            "see it in full with `cxtext run`"
        ) from None


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], CxtextError):
        record.exc_info = None
    return True


def quiet_tracebacks() -> None:
    """Log a CxtextError as the one line that it is; other faults keep their tracebacks."""
    for name in RUN_LOGS:
        logging.getLogger(name).addFilter(_without_traceback)
