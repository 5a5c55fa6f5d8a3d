"""Declarations for the tests: each is one that the provider accepts, to change one thing of."""

JOB_URN = "urn:pulumi:s::p::dbtcloud:index/job:Job::j"
TOKEN_URN = "urn:pulumi:s::p::dbtcloud:index/serviceToken:ServiceToken::t"
ENVIRONMENT_URN = "urn:pulumi:s::p::dbtcloud:index/environment:Environment::e"
PROJECT_URN = "urn:pulumi:s::p::dbtcloud:index/project:Project::p"
PROVIDER_URN = "urn:pulumi:s::p::pulumi:providers:dbtcloud::default_1_11_11"

JOB = {
    "projectId": 1,
    "environmentId": 2,
    "name": "Production",
    "executeSteps": ["dbt build"],
    "scheduleHours": [2],
    "triggers": {"schedule": True},
}

TOKEN = {
    "name": "datafold",
    "serviceTokenPermissions": [{"allProjects": True, "permissionSet": "member"}],
}

ENVIRONMENT = {"projectId": 1, "name": "Production", "type": "deployment"}

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def without(properties, *names):
    return {name: value for name, value in properties.items() if name not in names}
