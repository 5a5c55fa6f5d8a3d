"""A fake of the official dbtcloud provider, `pulumi-resource-dbtcloud`.

It answers the engine as the official provider was recorded to answer it, quirks included, for the
resources and functions that this project uses. It talks to a dbt Cloud on this machine only.

Does not: reach a real account, or know more than `toolchain.fake_provider.server.RESOURCES` and
`toolchain.fake_provider.lookups.FUNCTIONS`.
"""
