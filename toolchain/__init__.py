"""Get Pulumi working on a machine: engine, Python language host, provider plugin.

Official parts are used where they are installed or can be downloaded. Where they cannot, the engine is
built from its Go module, and our own language host and fake provider take the places of the official
ones.

A module may import those on the lines above its own:

- `errors`, `files`, `signals`, `plugin_version`: nothing of the toolchain
- `cache`
- `progress`, `releases`
- `go`
- `go_program`
- `engine`, `yaml_host`, `provider`
- `home`
- `__main__`

`bootstrap` imports the standard library only. `language_host` and `fake_provider` are processes of
their own: of the other modules they import `signals` only, and no module imports them.
"""
