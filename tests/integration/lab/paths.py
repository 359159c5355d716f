"""Where things lie: the source tree, the build under test, and the folder that keeps the logs of a run."""
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("XICA_BUILD", ROOT / "build")).resolve()
OUTPUT = ROOT / "tests" / "output"


def output_directory(name):
    """An empty folder tests/output/NAME that stays after the run; git ignores all of tests/output."""
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / ".gitignore").write_text("*\n")
    directory = OUTPUT / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
