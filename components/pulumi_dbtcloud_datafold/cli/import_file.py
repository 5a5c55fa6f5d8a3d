"""The file that `pulumi import --file` reads, reduced to what is adopted, its components and its provider."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pulumi_dbtcloud_datafold.cli.matching import Finding

Spec = dict[str, Any]


def reduced(previewed: Mapping[str, Any], findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the import file with the ids filled in.

    It keeps the adopted objects, their components and their provider. A job also gets its state in dbt Cloud: the
    provider, reading a job by its number alone, leaves out what it could not then compare (`execution`).

    Args:
        previewed: The file that `pulumi preview --import-file` wrote.
        findings: What exists for each declared object.
    """
    adopted = {finding.declared.urn: finding.adopted for finding in findings if finding.adopted}
    specs: list[Spec] = previewed.get("resources", [])
    by_name = {spec["name"]: spec for spec in specs}
    name_table: dict[str, str] = previewed.get("nameTable", {})
    prefix = next(iter(adopted), "").split("::")[:2]
    keep: dict[str, Spec] = {}
    for spec in specs:
        urn = "::".join([*prefix, _type_chain(spec, by_name, name_table), _logical_name(spec)])
        if not (candidate := adopted.get(urn)):
            continue
        keep[spec["name"]] = {**spec, "id": candidate.import_id, **candidate.state}
        for name in _dependencies(spec, by_name):
            keep.setdefault(name, by_name[name])
    in_order = [keep[spec["name"]] for spec in specs if spec["name"] in keep]
    named = {name for spec in in_order for name in (spec.get("parent"), spec.get("provider"))}
    table = {name: urn for name, urn in name_table.items() if name in named}
    return {**({"nameTable": table} if table else {}), "resources": in_order}


def with_numbered(
    previewed: Mapping[str, Any],
    findings: Iterable[Finding],
    providers: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the import file with what the configuration names by number, which Pulumi leaves out of it.

    Args:
        previewed: The file that `pulumi preview --import-file` wrote.
        findings: What exists for each declared object.
        providers: Inputs of the providers, by their addresses.
    """
    numbered = [
        finding.declared for finding in findings if finding.declared.number and finding.adopted
    ]
    specs: list[Spec] = [*previewed.get("resources", [])]
    table: dict[str, str] = {**previewed.get("nameTable", {})}
    by_name = {spec["name"]: spec for spec in specs}
    prefix = "::".join(numbered[0].urn.split("::")[:2]) if numbered else ""
    names = {urn: name for name, urn in table.items()}
    names |= {
        f"{prefix}::{_type_chain(spec, by_name, table)}::{_logical_name(spec)}": spec["name"]
        for spec in specs
    }

    def name_of(urn: str) -> str:
        if urn not in names:
            names[urn] = urn.rpartition("::")[2]
            table[names[urn]] = urn
        return names[urn]

    for declared in numbered:
        taken = {*by_name, *table}
        name = declared.name if declared.name not in taken else f"{declared.name}-{declared.number}"
        spec = {"type": declared.urn.split("::")[2].rpartition("$")[2], "name": name}
        if name != declared.name:
            spec["logicalName"] = declared.name
        if declared.parent:
            spec["parent"] = name_of(declared.parent)
        inputs = providers.get(declared.provider, {})
        if not declared.provider.rpartition("::")[2].startswith("default"):
            spec["provider"] = name_of(declared.provider)
        elif version := inputs.get("version"):
            spec["version"] = version
            if address := (inputs.get("__internal") or {}).get("pluginDownloadURL"):
                spec["pluginDownloadUrl"] = address
        by_name[name] = spec
        specs.append(spec)
    return {"nameTable": table, "resources": specs}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file, in place of an older one, whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    new.replace(path)


def _logical_name(spec: Spec) -> str:
    """Return the Pulumi name: the file renames one of two that are called the same."""
    return str(spec.get("logicalName") or spec["name"])


def _type_chain(spec: Spec, by_name: Mapping[str, Spec], name_table: Mapping[str, str]) -> str:
    """Return the type with those of the parents, as a URN has it."""
    parent = spec.get("parent")
    if not parent:
        return str(spec["type"])
    if parent in by_name:
        above = _type_chain(by_name[parent], by_name, name_table)
    else:
        above = name_table[parent].split("::")[2]
    return f"{above}${spec['type']}"


def _dependencies(spec: Spec, by_name: Mapping[str, Spec]) -> list[str]:
    """Return the names of the provider, the component, the components of that, and so on, that are in the file."""
    names: list[str] = []
    for name in (str(spec.get("provider")), str(spec.get("parent"))):
        if name in by_name:
            names += [name, *_dependencies(by_name[name], by_name)]
    return names
