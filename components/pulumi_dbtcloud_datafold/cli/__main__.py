"""`python -m pulumi_dbtcloud_datafold.cli` is the same as `dbtcloud-datafold`."""

from pulumi_dbtcloud_datafold.cli.main import main

main()
