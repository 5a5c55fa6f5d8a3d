"""What the host says about the packages of a project's Python."""

import json
import subprocess
import sys

from toolchain.language_host import package_probe


def test_about_names_the_python_and_its_packages_or_only_what_nothing_else_needs(project):
    about = json.loads(project.pulumi("about", "--json", "--transitive"))
    direct = json.loads(project.pulumi("about", "--json"))["dependencies"]

    assert about["runtime"]["executable"] == f"{sys.prefix}/bin/python"
    assert about["runtime"]["version"] == ".".join(map(str, sys.version_info[:3]))
    dependencies = {found["name"]: found["version"] for found in about["dependencies"]}
    assert dependencies["pulumi-dbtcloud"] == "1.11.11"
    assert "grpcio" in dependencies
    names = {found["name"] for found in direct}
    assert "pulumi-dbtcloud-datafold" in names
    assert "grpcio" not in names


def test_the_provider_of_an_installed_sdk_is_asked_for(project):
    plugins = json.loads(project.pulumi("plugin", "ls", "--project", "--json"))

    found = {(plugin["name"], plugin["kind"], plugin["version"]) for plugin in plugins}
    assert ("dbtcloud", "resource", "1.11.11") in found


def test_of_an_sdk_that_is_there_twice_the_one_that_is_imported_is_asked_for(tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for version, folder in enumerate(folders, 1):
        (folder / "pulumi_thing").mkdir(parents=True)
        plugin = {"resource": True, "name": "thing", "version": f"{version}.0.0"}
        (folder / "pulumi_thing" / "pulumi-plugin.json").write_text(json.dumps(plugin))

    printed = subprocess.run(
        [sys.executable, package_probe.__file__, "plugins"],
        env={"PYTHONPATH": ":".join(map(str, folders))},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout

    things = [plugin for plugin in json.loads(printed) if plugin["name"] == "thing"]
    assert [plugin["version"] for plugin in things] == ["1.0.0"]
