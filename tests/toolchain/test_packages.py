"""What the host says about the packages of a project's Python."""

import json
import sys


def test_about_names_the_python_and_its_packages(project):
    project.write("")

    about = json.loads(project.pulumi("about", "--json", "--transitive"))

    assert about["runtime"]["executable"] == f"{sys.prefix}/bin/python"
    assert about["runtime"]["version"] == ".".join(map(str, sys.version_info[:3]))
    dependencies = {found["name"]: found["version"] for found in about["dependencies"]}
    assert dependencies["pulumi-dbtcloud"] == "1.11.11"
    assert "grpcio" in dependencies


def test_about_lists_only_what_nothing_else_needs(project):
    project.write("")

    about = json.loads(project.pulumi("about", "--json"))

    names = {found["name"] for found in about["dependencies"]}
    assert "pulumi-dbtcloud-datafold" in names
    assert "grpcio" not in names


def test_the_provider_of_an_installed_sdk_is_asked_for(project):
    project.write("")

    plugins = project.pulumi("plugin", "ls", "--project", "--json")

    assert {"name": "dbtcloud", "kind": "resource", "version": "1.11.11"}.items() <= next(
        plugin for plugin in json.loads(plugins) if plugin["name"] == "dbtcloud"
    ).items()
