"""Versions of the cause model that learned from the user's labels: one folder each under the data root.

`models/causes/<version>/` is a whole model folder. `current.json` beside them names the version in use and those before
it; it moves last, when the folder it points to is whole. Without it the bundled model is in use.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxtext.causes import read_folder
from cxtext.errors import CxtextError
from cxtext.store import OWNER_ONLY, replace_folder, write_json

CURRENT_FILE = "current.json"


class CauseVersions:
    """The versions below one data root; nothing is made before the first is written."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "models" / "causes"

    @property
    def history(self) -> list[str]:
        """The versions that were promoted and not rolled back, the one in use last."""
        path = self.folder / CURRENT_FILE
        try:
            history = json.loads(path.read_text("utf-8"))["history"]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError):
            history = None
        if not isinstance(history, list) or not all(isinstance(each, str) and _is_name(each) for each in history):
            raise CxtextError(f"{path}: damaged; delete it to use the bundled model, then learn again")
        return history

    @property
    def current(self) -> Path | None:
        """The folder of the version in use; None for the bundled model."""
        history = self.history
        return self.folder / history[-1] if history else None

    def names(self) -> list[str]:
        """All versions there are, promoted or not, the oldest first."""
        return sorted(path.parent.name for path in self.folder.glob("[!.]*/manifest.json"))

    def manifest(self, version: str) -> dict[str, Any]:
        """A version's manifest. Raises CxtextError that names the file where one is missing or damaged."""
        return read_folder(self.folder / version)[0]

    def write(self, version: str, files: Mapping[str, bytes]) -> Path:
        """Put a version's files (name -> content) in place, whole; returns its folder."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(OWNER_ONLY)  # what was learned from private texts is private, too
            building = Path(tempfile.mkdtemp(prefix=".building-", dir=self.folder))
        except OSError as error:
            raise CxtextError(f"{self.folder}: cannot be written: {error.strerror}; set data_root") from None
        try:
            for name, content in files.items():
                (building / name).write_bytes(content)
            replace_folder(building, self.folder / version)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return self.folder / version

    def promote(self, version: str) -> None:
        """Use a version from now on; its files are checked first."""
        self.manifest(version)
        history = self.history
        if history[-1:] != [version]:
            self._point([*history, version])

    def roll_back(self) -> tuple[str, str | None]:
        """Use what was used before; returns the version left and the one now in use, None for the bundled model."""
        history = self.history
        if not history:
            raise CxtextError(f"{self.folder}: the bundled model is in use, there is nothing to go back to")
        self._point(history[:-1])
        return history[-1], history[-2] if len(history) > 1 else None

    def _point(self, history: list[str]) -> None:
        write_json({"history": history}, self.folder / CURRENT_FILE)


def _is_name(version: str) -> bool:
    """Whether a version is the name of a folder, and leads nowhere else."""
    return bool(version) and version == Path(version).name and not version.startswith(".")
