"""Installs the pinned versions of `versions/` into a scratch folder, each package in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"

# In a package's folder once it is complete: what was installed, to see whether it still is what is wanted.
STAMP = "installed"


def install(package: str, scratch: Path) -> Path:
    """The folder of `package`, installed unless it already is."""
    folder = (scratch / package).resolve()
    versions = _versions(package)
    wanted = f"{sys.version_info[:2]}\n{versions.read_text()}"
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    print(f"installing {package}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if versions.suffix == ".txt":
        _from_pypi(versions, folder)
    else:
        _from_npm(versions, folder, scratch)
    stamp.write_text(wanted)
    return folder


def _versions(package: str) -> Path:
    """The file that pins `package`: requirements for pip, or a package.json."""
    candidates = [VERSIONS / f"{package}.txt", VERSIONS / f"{package}.json"]
    return next(path for path in candidates if path.exists())


def _from_pypi(requirements: Path, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, "--requirement", str(requirements)], check=True)


def _from_npm(manifest: Path, folder: Path, scratch: Path) -> None:
    shutil.copy(manifest, folder / "package.json")
    # The clients want a newer Node than many machines have, so it is one of the packages, and the first.
    path = os.pathsep.join([str(scratch.resolve() / "node" / "node_modules" / ".bin"), os.environ["PATH"]])
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL)
