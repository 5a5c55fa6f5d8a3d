"""The data warehouses a connection can be to: which settings each has.

Source: the provider's `global_connection.go` and dbt Cloud's OpenAPI, version 3. Every setting is
in every answer, as its value or null: the provider fails on one that is absent. Secrets are
accepted and never returned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Adapter:
    """The settings of one `adapter_version`.

    Attributes:
        required: Settings without which there is no connection.
        defaults: The other settings and what they are when absent.
        secrets: Settings that are accepted and never returned.
        only_created: Settings that only a new connection accepts; answers do not have them.
    """

    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    secrets: frozenset[str] = frozenset()
    only_created: frozenset[str] = frozenset()

    @property
    def settings(self) -> frozenset[str]:
        """Every setting that is accepted."""
        return frozenset(self.required) | frozenset(self.defaults) | self.secrets


def _nulls(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


_BIGQUERY_SECRETS = frozenset({"private_key", "application_id", "application_secret"})
_BIGQUERY_REQUIRED = ("project_id",)
_BIGQUERY = {
    **_nulls(
        "private_key_id client_email client_id auth_uri token_uri auth_provider_x509_cert_url "
        "client_x509_cert_url priority location maximum_bytes_billed execution_project "
        "impersonate_service_account job_retry_deadline_seconds job_creation_timeout_seconds "
        "gcs_bucket dataproc_region dataproc_cluster_name"
    ),
    "retries": 1,
    "scopes": [
        "https://www.googleapis.com/auth/bigquery",
        "https://www.googleapis.com/auth/cloud-platform",
        "https://www.googleapis.com/auth/drive",
    ],
}
_SQL_SERVER = {
    "driver": "ODBC Driver 18 for SQL Server",
    "port": 1433,
    "retries": 1,
    "login_timeout": 0,
    "query_timeout": 0,
}
_SPARK = Adapter(
    ("host", "method", "cluster"),
    {
        "port": 443,
        "connect_timeout": 10,
        "connect_retries": 0,
        **_nulls("organization user auth kerberos_service_name"),
    },
)

ADAPTERS: Mapping[str, Adapter] = {
    "snowflake_v0": Adapter(
        ("account", "database", "warehouse"),
        {"role": None, "client_session_keep_alive": False, "allow_sso": False},
        frozenset({"oauth_client_id", "oauth_client_secret"}),
    ),
    "databricks_v0": Adapter(
        ("host", "http_path"), {"catalog": None}, frozenset({"client_id", "client_secret"})
    ),
    "postgres_v0": Adapter(("hostname",), {"port": 5432, "dbname": None}),
    "redshift_v0": Adapter(("hostname",), {"port": 5439, "dbname": None}),
    "bigquery_v0": Adapter(
        _BIGQUERY_REQUIRED, {**_BIGQUERY, "timeout_seconds": 300}, _BIGQUERY_SECRETS
    ),
    "bigquery_v1": Adapter(
        _BIGQUERY_REQUIRED,
        {
            **_BIGQUERY,
            "job_execution_timeout_seconds": None,
            "deployment_env_auth_type": "service-account-json",
        },
        _BIGQUERY_SECRETS,
        # https://github.com/dbt-labs/terraform-provider-dbtcloud/issues/709: refused in an update.
        frozenset({"timeout_seconds"}),
    ),
    "fabric_v0": Adapter(("server", "database"), _SQL_SERVER),
    "synapse_v0": Adapter(("host", "database"), _SQL_SERVER),
    "trino_v0": Adapter(("host",), {"port": 443, "method": "ldap"}),
    "athena_v0": Adapter(
        ("region_name", "database", "s3_staging_dir"),
        _nulls(
            "work_group spark_work_group s3_data_dir s3_data_naming s3_tmp_table_dir "
            "poll_interval num_retries num_boto3_retries num_iceberg_retries"
        ),
    ),
    "apache_spark_v0": _SPARK,
    "databricks_spark_v0": _SPARK,
    # The port of Teradata is text.
    "teradata_v0": Adapter(
        ("host",), {"port": "1025", "tmode": "ANSI", "retries": 1, "request_timeout": None}
    ),
    "salesforce_v0": Adapter(
        (), {"login_url": None, "database": None, "data_transform_run_timeout": None}
    ),
}
"""The adapters by `adapter_version`."""
