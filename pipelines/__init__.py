"""Prefect flows over the steps of `cxtext`: calls only, no logic. Importing this package sends nothing home."""

import os

# Prefect reads these when it is imported, which every module of this package does after this one.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")  # a first start migrates its database
