"""Sets cxtext up in `.venv` and does one thing with it. Needs Python 3.11 or newer with pip, and nothing else.

python3 bootstrap.py          install
python3 bootstrap.py demo     install, run the demo, name its report
python3 bootstrap.py test     install with the tools of development, run all checks and tests
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
UV = HERE / "requirements-bootstrap.txt"  # uv installs in seconds what pip installs in a minute
STAMP = VENV / "installed.txt"

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Install, then do what was asked for; the exit code is that of the last command."""
    wish = arguments[0] if arguments else "install"
    if wish not in {"install", "demo", "test"} or len(arguments) > 1:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):
        print(f"error: Python 3.11 or newer is needed, this is {sys.version.split()[0]}; start it with a newer python3")
        return 2
    install(HERE / ("requirements-dev.txt" if wish == "test" else "requirements.txt"))
    if wish == "install":
        print(f"Installed. Run `{BIN / 'cxtext'} --help`.")
        return 0
    return run_demo() if wish == "demo" else run_checks()


def install(requirements: Path) -> None:
    """Install the pinned packages and cxtext itself into `.venv`, unless they are there already."""
    wanted = hashlib.sha256(requirements.read_bytes() + (HERE / "pyproject.toml").read_bytes()).hexdigest()
    if PYTHON.exists() and STAMP.exists() and wanted in STAMP.read_text("utf-8"):
        return
    print(f"Installing into {VENV} ...", flush=True)
    # some systems ship Python without ensurepip, some environments without pip: one of the two will do
    has_pip = importlib.util.find_spec("pip") is not None
    if not PYTHON.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        _run(sys.executable, "-m", "venv", *(["--without-pip"] if has_pip else []), str(VENV))
    pip = (sys.executable, "-m", "pip", "--python", str(PYTHON)) if has_pip else (str(PYTHON), "-m", "pip")
    pip = (*pip, "install", "--quiet")
    _run(*pip, "--require-hashes", "-r", str(UV))
    uv = (str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps")
    for what in (("--require-hashes", "-r", str(requirements)), ("-e", str(HERE))):
        # pip knows mirrors and proxies that a company has set up for it; uv does not read its settings
        if subprocess.run([*uv, *what], check=False).returncode:
            print("uv could not install; trying pip ...", flush=True)
            _run(*pip, "--no-deps", *what)
    installed = STAMP.read_text("utf-8") if STAMP.exists() else ""
    STAMP.write_text(f"{installed}{wanted}\n", "utf-8")


def run_demo() -> int:
    """The whole program on the demo feed."""
    return subprocess.run([BIN / "cxtext", "demo"], check=False).returncode


def run_checks() -> int:
    """Style, types, layers, tests; all of them run, and the first failure's exit code is returned."""
    codes = [subprocess.run([BIN / check[0], *check[1:]], cwd=HERE, check=False).returncode for check in CHECKS]
    codes.append(subprocess.run([PYTHON, "-m", "pytest"], cwd=HERE, check=False).returncode)
    return next((code for code in codes if code), 0)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {' '.join(map(str, error.cmd))} failed; see above")
