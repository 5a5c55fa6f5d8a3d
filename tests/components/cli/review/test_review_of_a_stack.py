"""A preview of the real engine, piped into the command."""

import sys

from tests.components.cli import command
from tests.infra.engine.deployment import ANALYTICS


def test_a_preview_of_the_engine_is_reviewed(bring_up, tmp_path):
    stack = bring_up(projects={"analytics": ANALYTICS})
    number = stack.jobs()["10 Production"]["id"]
    changed = {"schedule": {"hours": [4]}, "execute_steps": ["dbt seed", "dbt build"]}
    stack.configure(projects={"analytics": {**ANALYTICS, "production_job": changed}})

    previewed = stack.preview("--json")
    code, text, errors = command.in_process("review", given=previewed.stdout)

    assert code == 0, errors
    assert text.startswith("<!-- dbtcloud-datafold review: dbtcloud-datafold/dev -->\n")
    row = f"| **Production** ({number}) | schedule | daily at 02:00 UTC | daily at 04:00 UTC |"
    assert row in text
    assert "| steps | `dbt build` | `dbt seed`, then `dbt build` |" in text
    assert "Nothing else changes" in text
    assert len(text.splitlines()) < 40


def test_a_refused_preview_of_the_engine_is_reviewed(bring_up, tmp_path):
    stack = bring_up(projects={"analytics": ANALYTICS})
    stack.configure(projects={"analytics": {**ANALYTICS, "project_id": 20}})

    previewed = stack.preview("--json", fails=True)
    file = tmp_path / "preview.json"
    file.write_text(previewed.stdout)
    ran = command.run(stack, "review", str(file), code=1)

    assert "**The update is refused.**" in ran.stdout
    assert sys.prefix not in ran.stdout
