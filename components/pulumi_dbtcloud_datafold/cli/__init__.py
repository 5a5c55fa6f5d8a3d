"""The command `dbtcloud-datafold`: what surrounds `pulumi up`."""
