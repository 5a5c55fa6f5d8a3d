"""Which environment variables hold secrets: their names say so.

Source: https://docs.getdbt.com/docs/build/environment-variables
"""

_PREFIX = "DBT_ENV_SECRET"


def is_secret(name: str) -> bool:
    """Whether a variable's value is kept from answers, pages and logs."""
    return name.startswith(_PREFIX)
