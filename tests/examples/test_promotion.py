"""One definition for dev and prod: a change is tried in dev, then brought to prod."""

import shutil
from dataclasses import replace

from tests.infra.engine import deployment, vault
from tests.infra.engine.deployment import ROOT

EXAMPLE = ROOT / "examples" / "promotion"


def threads(stack, project_id):
    return stack.jobs()[f"{project_id} Production"]["settings"]["threads"]


def test_a_change_of_the_definition_reaches_dev_and_then_prod(tmp_path, pulumi_home, cloud):
    dev = deployment.make(tmp_path / "project", pulumi_home, cloud)
    key = (dev.folder / "Pulumi.dev.yaml").read_text()
    dev.pulumi("stack", "init", "prod", "--secrets-provider", vault.PROVIDER)
    keys = {"dev": key, "prod": (dev.folder / "Pulumi.prod.yaml").read_text()}
    for name, text in keys.items():
        example = (EXAMPLE / f"Pulumi.{name}.yaml").read_text()
        (dev.folder / f"Pulumi.{name}.yaml").write_text(example + text)
    definition = dev.folder / "datafold.yaml"
    shutil.copy(EXAMPLE / definition.name, definition)
    prod = replace(dev, stack="prod")

    dev.up()
    prod.up()

    production = {name: dev.jobs()[f"{name} Production"]["schedule"] for name in (10, 20)}
    assert production[10]["time"] == {"type": "every_hour", "interval": 12}
    assert production[20]["time"] == {"type": "at_exact_hours", "hours": [2]}
    assert {token["name"] for token in dev.tokens()} == {"Datafold dev", "Datafold"}

    definition.write_text(definition.read_text().replace("num_threads: 8", "num_threads: 16"))
    dev.up()
    assert (threads(dev, 10), threads(dev, 20)) == (16, 8)
    dev.assert_settled()
    prod.up()
    assert threads(dev, 20) == 16

    definition.write_text(definition.read_text().replace("num_threads: 16", "num_threads: many"))
    refused = prod.preview(fails=True)
    assert "datafold.yaml: defaults.production_job.num_threads" in refused.one_line
