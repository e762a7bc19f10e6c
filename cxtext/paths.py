"""Where the bundled models lie."""

import os
from pathlib import Path

from cxtext.errors import CxtextError

HERE = Path(__file__).parent


def models_root() -> Path:
    """The folder of the models: `$CXTEXT_MODELS`, else beside the package in a checkout, else inside a wheel."""
    override = os.environ.get("CXTEXT_MODELS")
    candidates = [Path(override)] if override else [HERE.parent / "models", HERE / "_models"]
    for folder in candidates:
        if (folder / "encoder").is_dir():
            return folder
    raise CxtextError(f"{candidates[0]}: no models there; set CXTEXT_MODELS to the folder that holds encoder/")


def network_root() -> Path:
    """The folder of the network that reads texts for their causes."""
    return models_root() / "causes" / "network"
