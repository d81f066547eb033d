"""List the collections on this machine; show, check or delete one."""

from __future__ import annotations

from typing import Any

import click


def row(name: str) -> dict[str, Any]:
    """The published JSON row of a collection; a damaged one is listed with the reason."""
    from leadline.errors import StoreError
    from leadline.retrieval.collection import Collection

    try:
        manifest = Collection.open(name).manifest
    except StoreError as error:
        return {"collection": name, "error": str(error)}
    return {
        "collection": name,
        "documents": manifest.n_documents,
        "passages": manifest.n_passages,
        "embedder": manifest.settings.embedder,
        "analyzer": manifest.settings.analyzer,
        "unit": manifest.settings.unit,
        "corpus_id": manifest.corpus_id,
        "index_id": manifest.index_id,
    }


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the collections on this machine. `leadline collections show NAME` lists one's sources."""
    if ctx.invoked_subcommand:
        return
    from leadline.cli.output import print_json, print_table
    from leadline.retrieval.collection import Collection

    rows = [row(name) for name in Collection.names()]
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo("No collection yet. Make one: leadline index FOLDER --collection NAME")
        return
    print_table(
        ["collection", "documents", "passages", "embedder", "index id"],
        [
            [r["collection"], r["documents"], r["passages"], r["embedder"], r["index_id"]]
            if "error" not in r
            else [r["collection"], "", "", "", r["error"]]
            for r in rows
        ],
    )


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print sources and failures as JSON.")
def show(name: str, as_json: bool) -> None:
    """Show the sources of a collection, and those that could not be read."""
    from leadline.cli.output import print_json, print_table
    from leadline.retrieval.collection import Collection

    collection = Collection.open(name)
    sources = collection.sources
    if as_json:
        listed = [
            {"uri": uri, "sha256": record.sha256, "documents": list(record.documents)}
            for uri, record in sorted(sources.by_uri.items())
        ]
        print_json({**row(name), "sources": listed, "failures": sources.failures})
        return
    print_table(
        ["source", "documents", "sha256"],
        [[uri, len(r.documents), r.sha256[:12]] for uri, r in sorted(sources.by_uri.items())],
    )
    if sources.failures:
        print_table(["not read", "reason", "remedy"], [[f.uri, f.reason, f.remedy] for f in sources.failures])


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def check(name: str, as_json: bool) -> None:
    """Compare every stored byte with its checksum; exit 1 if a file is damaged."""
    from leadline.cli.output import print_json
    from leadline.retrieval.collection import Collection

    Collection.open(name).check()
    if as_json:
        print_json({"collection": name, "ok": True})
    else:
        click.echo(f"{name} is whole.")


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print what was deleted as JSON (implies --yes).")
def delete(name: str, yes: bool, as_json: bool) -> None:
    """Delete a collection from this machine. Its sources are not touched."""
    from leadline.cli.output import print_json
    from leadline.retrieval.collection import Collection

    if not (yes or as_json):
        click.confirm(f"Delete the collection {name}?", abort=True)
    Collection.remove(name)
    if as_json:
        print_json({"deleted": name})
    else:
        click.echo(f"Deleted {name}.")
