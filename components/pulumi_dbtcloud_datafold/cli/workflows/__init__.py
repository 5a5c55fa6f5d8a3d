"""The pipelines around a stack: preview on a pull request, `up` after the merge, a check each night."""
