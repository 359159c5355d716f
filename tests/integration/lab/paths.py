"""Where things lie: the source tree, the build under test, and the folder that keeps the logs of a run.

A run may be spread over several workers (pytest-xdist); a file of tests is always one worker's."""
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("XICA_BUILD", ROOT / "build")).resolve()
OUTPUT = ROOT / "tests" / "output"
# This worker's name, "gw0"; empty where there are none.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def output_directory(name):
    """An empty folder tests/output/NAME that stays after the run; git ignores all of tests/output."""
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / ".gitignore").write_text("*\n")
    directory = OUTPUT / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def shared_directory(name):
    """As output_directory, but all workers use it: it was emptied before they began (conftest.pytest_configure)."""
    if not WORKER:
        return output_directory(name)
    directory = OUTPUT / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory
