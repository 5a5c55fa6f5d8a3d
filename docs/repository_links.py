"""A hook of mkdocs: links from a page to a file of the repository, such as `../examples/README.md`.

On a git host they work as they stand. The site has only docs/, so there they lead to the git host (`repo_url`); where
that is not known, only their text stays.
"""

import re
from typing import Any

_OUTSIDE = re.compile(r"\[(?P<text>[^\]]+)\]\(\.\./(?P<file>[^)\s]+)\)")


def on_page_markdown(markdown: str, *, config: Any, **_: object) -> str:  # noqa: ANN401 - mkdocs' own type
    """Replace the links of one page."""
    repository = str(config.get("repo_url") or "").rstrip("/")
    replacement = rf"[\g<text>]({repository}/blob/main/\g<file>)" if repository else r"\g<text>"
    return _OUTSIDE.sub(replacement, markdown)
