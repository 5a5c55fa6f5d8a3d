"""Starting the merge job from a git pipeline, where dbt Cloud gets no webhooks from the git host."""
