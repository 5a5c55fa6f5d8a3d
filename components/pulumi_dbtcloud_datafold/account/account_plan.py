"""What the account's plan lets service tokens do.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens
"""

_SEMANTIC_LAYER_ONLY = ("starter", "developer", "free", "trial_2025")
_LEGACY_TEAM = ("team", "trial")
_ENTERPRISE = ("enterprise",)


class Plan(str):
    """A plan's name, as dbt Cloud writes it; a name that is not known forbids nothing."""

    @property
    def is_semantic_layer_only(self) -> bool:
        """Whether service tokens can neither read nor run jobs."""
        return self.startswith(_SEMANTIC_LAYER_ONLY)

    @property
    def is_legacy_team(self) -> bool:
        """Whether service tokens have Member, and no Job Runner."""
        return self.startswith(_LEGACY_TEAM) and not self.is_semantic_layer_only

    @property
    def is_enterprise(self) -> bool:
        """Whether service tokens have no Member."""
        return self.startswith(_ENTERPRISE)
