"""The token: permissions and secrecy."""

import pytest
from pulumi_dbtcloud_datafold import ConfigurationError, MemberServiceToken, MemberServiceTokenArgs

from tests.components.mocks.recording import TOKEN, run


def test_a_token_for_listed_projects_has_one_permission_for_each():
    declared = run(
        lambda: MemberServiceToken("datafold", MemberServiceTokenArgs(project_ids=[10, 20]))
    )

    assert declared.inputs[TOKEN]["datafold-token"]["serviceTokenPermissions"] == [
        {"permissionSet": "member", "allProjects": False, "projectId": 10},
        {"permissionSet": "member", "allProjects": False, "projectId": 20},
    ]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"all_projects": True, "project_ids": [1]}, "both say where the token is valid"),
        ({"all_projects": False}, "the token would be valid nowhere"),
        ({"project_ids": []}, "project_ids\n    problem: there is nothing in it"),
        ({"project_ids": [1, 2, 1]}, "project_ids lists 1 more than once"),
        (
            {"permission_set": "members"},
            "permission_set\n    problem: this is none of the values it can have",
        ),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(args, problem):
    with pytest.raises(ConfigurationError, match=problem):
        run(lambda: MemberServiceToken("datafold", args))


def test_the_first_generation_has_no_previous_token():
    with pytest.raises(ConfigurationError, match="generation 1 has no previous token to keep"):
        run(lambda: MemberServiceToken("datafold", MemberServiceTokenArgs(keep_previous=True)))
