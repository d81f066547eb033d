"""Say what is installed here, and what each extra would add."""

from __future__ import annotations

from typing import Any

import click

ADDS = {
    "docs": "PDF, DOCX, PPTX, XLSX and web pages; OCR of scans and images",
    "tables": "questions over tables, answered with SQL",
    "fast": "compiled kernels for lexical and sparse search; same results",
    "dense": "a better embedding model (MiniLM) and large vector indexes",
    "sparse": "learned sparse retrieval",
    "local": "a language model in this process",
    "providers": "hosted language models",
    "code": "a sandbox for code that a model wrote",
    "durable": "a queue of runs for workers on many machines",
    "web": "web pages, browser and archives",
    "serve": "MCP server and Arrow results",
    "pg": "PostgreSQL as a source",
    "ray": "many workers on a cluster",
    "lab": "plots and statistics of the laboratory",
    "explore": "Bayesian optimisation and more environments",
    "vision": "a small network that finds pictures by what they show",
    "textworld": "text adventures as environments",
    "train": "training with torch and TRL",
    "dev": "tests, lint and type checks",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Say what is installed here, what each extra would add, and whether Leadline can write where it keeps things."""
    from leadline.cli.output import print_json, print_table

    found = examine()
    if as_json:
        print_json(found)
        return
    home = found["home"]
    writable = "writable" if home["writable"] else "NOT writable: set LEADLINE_HOME to another folder"
    click.echo(f"Leadline {found['leadline']}, Python {found['python']}, {found['cores']} cores")
    click.echo(f"Home {home['path']} ({writable}): {home['collections']} collections, {home['runs']} runs")
    print_table(
        ["extra", "", "what it adds", "missing"],
        [
            [e["extra"], "yes" if e["installed"] else "no", e["adds"], ", ".join(e["missing"])]
            for e in found["extras"]
        ],
    )
    if any(not extra["installed"] for extra in found["extras"]):
        click.echo("To add one: pip install 'leadline[EXTRA]'")


def examine() -> dict[str, Any]:
    """Everything that doctor knows. Looks at the metadata of packages and imports none of them."""
    import os
    import platform

    from leadline import __version__
    from leadline.cli.extras import requirements

    needed = {name: list[str]() for name in ADDS} | requirements()
    return {
        "leadline": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "home": _home(),
        "extras": [
            {
                "extra": name,
                "adds": ADDS.get(name, ""),
                "installed": not missing,
                "missing": missing,
                "packages": versions,
            }
            for name, versions, missing in map(_extra, needed.items())
        ],
    }


def _home() -> dict[str, Any]:
    import os

    from leadline.files import home
    from leadline.runs.store import list_runs

    path = home()
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    collections = path / "collections"
    return {
        "path": str(path),
        "writable": nearest.is_dir() and os.access(nearest, os.W_OK),
        "collections": sum(1 for _ in collections.iterdir()) if collections.is_dir() else 0,
        "runs": len(list_runs()),
    }


def _extra(item: tuple[str, list[str]]) -> tuple[str, dict[str, str], list[str]]:
    """(extra, package -> version of what is there, packages that are missing)."""
    from importlib.metadata import PackageNotFoundError, version

    name, packages = item
    versions, missing = {}, []
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            missing.append(package)
    return name, versions, missing
