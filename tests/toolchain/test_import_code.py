"""The Python that `pulumi import` suggests."""

import pytest
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.proto.codegen import hcl_pb2

from toolchain.language_host import generate, package_schema, pcl, python_source

SUGGESTED = """\
import pulumi
import acme_thing

my_old_box = acme_thing.Box(
    "my.old-box",
    box_size=3,
    class_="keyword",
    inner_boxes=[
        {
            "left_side": "y",
        },
        {
            "left_side": "z",
        },
    ],
    is_open=False,
    label='say "hi" to ${you}\\n',
    top_row={
        "labels": {
            "camelKey": "kept",
            "two words": "kept",
        },
        "left_side": "x",
    },
    weight=0.5,
    opts=pulumi.ResourceOptions(protect=True),
)
"""


def test_import_suggests_a_program_that_declares_what_was_imported(project):
    project.write("")

    project.pulumi("import", "--yes", "thing:index/box:Box", "my.old-box", "7", "--out", "box.py")

    assert (project.folder / "box.py").read_text() == SUGGESTED


def program(text, schema=None):
    packages = package_schema.Packages(lambda package: schema or {})
    return python_source.write(pcl.parse(text), packages)


def statement(text):
    """Return the lines of the program after its imports."""
    return program(text).split("\n\n", 1)[1]


def test_a_reference_to_another_resource_stays_a_reference():
    text = """
resource theFirst "dbtcloud:index/job:Job" {}
resource second "dbtcloud:index/job:Job" {
    environmentId = theFirst.environmentId
    executeSteps = ["run ${theFirst.steps[0]} now", theFirst["name"]]
    options {
        parent = theFirst
        dependsOn = [theFirst]
        ignoreChanges = [name, triggers.schedule, executeSteps[0]]
        import = "77"
    }
}
"""
    assert (
        program(text)
        == """\
import pulumi
import pulumi_dbtcloud as dbtcloud

the_first = dbtcloud.Job(
    "theFirst",
)

second = dbtcloud.Job(
    "second",
    environment_id=the_first.environment_id,
    execute_steps=[
        pulumi.Output.concat("run ", the_first.steps[0], " now"),
        the_first.name,
    ],
    opts=pulumi.ResourceOptions(parent=the_first, depends_on=[
        the_first,
    ], ignore_changes=["name", "triggers.schedule", "executeSteps[0]"], import_="77"),
)
"""
    )


def test_a_component_of_a_program_becomes_a_component_resource():
    text = 'component box { token = "acme:index:Box" }'
    assert statement(text) == (
        'box = pulumi.ComponentResource(\n    "acme:index:Box",\n    "box",\n)\n'
    )


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("true", "True"),
        ("null", "None"),
        ("-1.5e3", "-1500"),
        ("2.0", "2"),
        ('""', '""'),
        (r'"tab\t\"q\" \\ \u00e9 \U0001f600"', "'tab\\t\"q\" \\\\ é 😀'"),
        ('"100% $5 $${x} %%{y}"', '"100% $5 ${x} %{y}"'),
        ("[]", "[]"),
        ("{}", "{}"),
        ('secret("x")', 'pulumi.Output.secret("x")'),
        ('fileAsset("./a")', 'pulumi.FileAsset("./a")'),
        ("1 # a comment\n// another\n/* a third */", "1"),
    ],
)
def test_a_value_is_written_as_python(expression, written):
    text = f'resource r "dbtcloud:index/job:Job" {{ value = {expression} }}'
    assert statement(text) == f'r = dbtcloud.Job(\n    "r",\n    value={written},\n)\n'


def test_a_provider_is_written_as_its_packages_provider():
    text = 'resource own "pulumi:providers:dbtcloud" { accountId = 1 }'
    assert statement(text) == 'own = dbtcloud.Provider(\n    "own",\n    account_id=1,\n)\n'


def test_a_type_in_a_submodule_is_found_there():
    schema = {"meta": {"moduleFormat": "(.*)(?:/[^/]*)"}}
    text = 'resource b "aws:s3/bucket:Bucket" {}'
    assert "b = aws.s3.Bucket(" in program(text, schema)


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("\noutput x { value = 1 }", "a `output` block", 2),
        ('resource r "a:b:C" {\n  x = invoke("y")\n}', "the function `invoke`", 2),
        ('resource r "a:b:C" {\n  options {\n range = 2 }\n}', "the resource option range", 2),
    ],
)
def test_what_cannot_be_written_is_named_with_its_line(text, problem, line):
    with pytest.raises(python_source.NotWritableError, match=problem) as caught:
        program(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('resource r "a:b:C" {', 1),
        ("resource r\n  = {", 2),
        ('resource r "a:b:C" {\n x = "no end\n}', 3),
        ('resource r "a:b:C" {\n x = 1 + 1\n}', 2),
        ("x = 1", 1),
    ],
)
def test_a_text_that_is_not_pcl_is_refused_with_its_line(text, line):
    with pytest.raises(pcl.PclError) as caught:
        pcl.parse(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("dbtVersion", "dbt_version"),
        ("SHA256Hash", "sha256_hash"),
        ("deferringJobId", "deferring_job_id"),
        ("HTTPServer", "http_server"),
        ("from", "from_"),
        ("my.box-1", "my_box_1"),
        ("1st", "_1st"),
    ],
)
def test_names_are_spelt_as_the_sdk_spells_them(name, python):
    assert package_schema.python_name(name) == python


def test_the_engine_is_told_what_cannot_be_written():
    request = language_pb2.GenerateProgramRequest(source={"anonymous.pp": "\noutput x {}"})

    answer = generate.generate(request)

    [diagnostic] = answer.diagnostics
    assert not answer.source
    assert diagnostic.severity == hcl_pb2.DIAG_ERROR
    assert diagnostic.summary == "this language host cannot write a `output` block in Python"
    assert diagnostic.subject.start.line == 2
