"""Web pages: the resources of an account, and their runs.

They are rendered by the server and work without JavaScript. No page asks for a token: the server listens on
loopback only, and refuses requests that name another host or come from another server's pages.
Pages read the state through the API's own operations, so they show only what the API
returns.
"""
