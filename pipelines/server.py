"""A Prefect server of our own, where the user has none."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from cxtext.errors import CxtextError

if TYPE_CHECKING:
    import uvicorn

HOST: Final = "127.0.0.1"
PORT: Final = 4200  # Prefect's own; another free one where it is taken
START_SECONDS: Final = 180.0  # the first start migrates a database


@contextmanager
def server_running() -> Iterator[str]:
    """The address of the server that Prefect's settings name, or of one that runs inside this process meanwhile.

    Prefect's temporary server keeps no schedules, so it does not serve here.
    """
    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import PREFECT_API_URL, temporary_settings

    known = PREFECT_API_URL.value()
    if known:
        yield known
        return
    port = _free_port()
    server = uvicorn.Server(uvicorn.Config(create_app, factory=True, host=HOST, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, name="prefect-server", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        with temporary_settings({PREFECT_API_URL: f"http://{HOST}:{port}/api"}):
            yield f"http://{HOST}:{port}/api"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


def _await_start(server: "uvicorn.Server", thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise CxtextError("Prefect's server did not start; try `prefect server start` to see why")
        time.sleep(0.1)


def _free_port() -> int:
    for port in (PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CxtextError(f"no free port at {HOST}; close a program that listens there")
