"""`localcloud sql`: queries what runs have built in the warehouse of an environment."""

from pathlib import Path

import click

from localcloud.commands import data_directory


@click.command("sql")
@click.argument("statement")
@click.option("--project", type=int, default=10, show_default=True, help="Number of the project.")
@click.option(
    "--environment", type=int, default=101, show_default=True, help="Number of the environment."
)
@data_directory.option
def sql(statement: str, project: int, environment: int, data_dir: Path) -> None:
    """Query a warehouse with SQL, through the running server. The query cannot change anything.

    The defaults mean the production environment of the development seed's first project.
    """
    body = {"project_id": project, "environment_id": environment, "sql": statement}
    answer = data_directory.ask(data_dir, "sql", body)
    rows = [["" if cell is None else str(cell) for cell in row] for row in answer["rows"]]
    columns = zip(answer["columns"], *rows, strict=True)
    widths = [max(map(len, column)) for column in columns]
    for row in (answer["columns"], *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
