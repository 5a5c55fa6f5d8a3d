"""Small Pulumi programs of other people, which import the provider or single components."""

from pathlib import Path

SETTINGS = "name: program\nruntime: python\n"


def write(folder: Path, program: str) -> Path:
    """Write a project with that program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(SETTINGS)
    (folder / "__main__.py").write_text(program)
    return folder
