"""Datafold's token is taken over where it is certain which one it is, and that the stack file can say it."""

import pytest
from pulumi_dbtcloud_datafold.cli.init.tokens import decided

NONE_MADE = "none is taken over and none is made"


def token(number=77, name="Datafold", *permissions):
    return {"id": number, "name": name}, list(permissions)


def of(permission_set, project_id=None, categories=()):
    return {
        "permission_set": permission_set,
        "all_projects": project_id is None,
        "project_id": project_id,
        "writable_environment_categories": list(categories),
    }


@pytest.mark.parametrize(
    ("found", "settings"),
    [
        (token(77, "Datafold", of("member")), {"adopt_token_id": 77}),
        (
            token(77, "datafold CI", of("developer", categories=["all"])),
            {"adopt_token_id": 77, "name": "datafold CI", "permission_set": "developer"},
        ),
        (
            token(77, "Datafold", of("member", 10), of("member", 20)),
            {"adopt_token_id": 77, "project_ids": [10, 20]},
        ),
    ],
)
def test_the_only_token_of_that_name_is_taken_over(found, settings):
    assert decided([found]).settings == settings
    assert decided([found]).notes == ("Its secret stays with Datafold: nobody can read it again",)


@pytest.mark.parametrize(
    ("found", "notes"),
    [
        ([], (f"No token is called Datafold: {NONE_MADE}. Remove this key to have one made",)),
        (
            [token(77, "Datafold", of("member")), token(78, "Datafold 2", of("member"))],
            (
                f"2 tokens may be Datafold's; {NONE_MADE}",
                "77 'Datafold': write adopt_token_id and what it has",
                "78 'Datafold 2': write adopt_token_id and what it has",
            ),
        ),
        *(
            (
                [token(77, "Datafold", *permissions)],
                (f"No token can be taken over; {NONE_MADE}", f"77 'Datafold': {reason}"),
            )
            for permissions, reason in (
                (
                    [of("member"), of("readonly")],
                    "it has 2 permission sets (member, readonly), and the stack file has one",
                ),
                (
                    [of("developer", 10, ["staging"])],
                    "it may write in some kinds of environments only, which the stack file cannot say",
                ),
                (
                    [of("account_admin")],
                    "permission_set: this is none of the values it can have",
                ),
                (
                    [of("member"), of("member", 10)],
                    "it is for all projects and for single ones, and the stack file has one of both",
                ),
            )
        ),
    ],
)
def test_where_it_is_not_certain_no_token_is_made_beside_it(found, notes):
    assert decided(found).settings is None
    assert decided(found).notes == notes
