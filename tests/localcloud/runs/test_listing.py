"""Which runs a list shows."""

from tests.localcloud.contract.client import PRODUCTION, PROJECT


def test_runs_are_listed_by_filters(operator, repository):
    job, other = operator.deploy_job("dbt ls --fail"), operator.deploy_job("dbt ls")
    pull_request = {"github_pull_request_id": 7, "git_branch": "main"}
    first = operator.ended(operator.run(job["id"], **pull_request))
    second = operator.succeeded(operator.run(other["id"]))

    def listed(query):
        return [run["id"] for run in operator.get(f"{operator.v2}/runs/?{query}")]

    both = [first["id"], second["id"]]
    assert listed("") == both
    assert listed("order_by=-id") == both[::-1]
    assert listed("order_by=-created_at&limit=1") == [second["id"]]
    assert listed(f"job_definition_id={job['id']}") == [first["id"]]
    assert listed("status=10") == [second["id"]]
    assert listed("status__in=[10,20]") == both
    assert listed(f"id__gt={first['id']}") == [second["id"]]
    assert listed("pull_request_id=7") == [first["id"]]
    assert listed(f"trigger_id={second['trigger']['id']}") == [second["id"]]
    assert listed("trigger_id=" + "9" * 30) == listed("trigger_id=x") == []
    assert listed(f"project_id={PROJECT}&environment_id={PRODUCTION}&limit=1") == [first["id"]]
    day = first["created_at"][:10]
    assert listed(f'created_at__range=["{day}","{day}T23:59:59.9"]') == both
    assert listed(f'created_at__range=["{day} 00:00:00","{day}T23:59:59-01:00"]') == both
    moment = first["created_at"].replace(" ", "T").replace("+", "%2B")
    assert listed(f'created_at__range=["{moment}","2999-01-01"]') == both
    assert listed(f'created_at__range=["{day}T00:00:00","{day}T00:00:00"]') == []
    assert listed('created_at__range=["2001-01-01","2001-01-02"]') == []
    all_time = '"0001-01-01T00:00:00%2B14:00","9999-12-31T23:59:59-14:00"'
    assert listed(f"created_at__range=[{all_time}]") == both
