"""`pulumi import`, whose code suggestion is a comment."""

import json


def test_an_import_succeeds_and_gets_a_comment_in_place_of_code(project):
    project.pulumi("import", "--yes", "thing:index/box:Box", "my-box", "7", "--out", "box.py")

    assert (project.folder / "box.py").read_text() == (
        "# Imported: my-box (thing:index/box:Box)\n"
        "# This language host writes no code. The one of Pulumi does: "
        "https://www.pulumi.com/docs/install/\n"
    )
    resources = json.loads(project.pulumi("stack", "export"))["deployment"]["resources"]
    [box] = [found for found in resources if found["type"] == "thing:index/box:Box"]
    assert (box["id"], box["inputs"]) == ("7", {"label": "kept"})
