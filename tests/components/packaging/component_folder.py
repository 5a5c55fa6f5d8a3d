"""The folder `components`, as a Pulumi program of another language names it."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def copy(folder: Path) -> Path:
    """Copy it into a folder, beside the virtual environment that its PulumiPlugin.yaml names."""
    copied = folder / "components"
    copied.mkdir()
    for file in (ROOT / "components").iterdir():
        if file.is_file():
            shutil.copy(file, copied)
    (folder / ".venv").symlink_to(sys.prefix)
    return copied
