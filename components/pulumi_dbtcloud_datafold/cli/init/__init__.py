"""`dbtcloud-datafold init`: from the jobs of an account to a stack file that takes them over."""
