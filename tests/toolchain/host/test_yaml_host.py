"""A Pulumi YAML program runs, with a component that is written in Python."""

from tests.toolchain.host.greeting import GREET, HOST
from toolchain import home


def test_a_yaml_program_uses_a_component_written_in_python(project, plugin, host_home):
    home.add_yaml_host(host_home, print)
    (plugin / "greeting.py").write_text(GREET)
    (plugin / "__main__.py").write_text(HOST)
    (project.folder / "Pulumi.yaml").write_text(
        "name: tiny\n"
        "runtime: yaml\n"
        f"packages: {{greet: {str(plugin)!r}}}\n"
        "resources:\n"
        "  hello: {type: 'greet:Greet', properties: {who: world}}\n"
        "outputs: {text: '${hello.text}'}\n"
    )

    project.pulumi("up", "--yes", "--skip-preview")

    assert project.pulumi("stack", "output", "text").strip() == "hello world"
