"""Read files and folders into a collection, or bring one up to date."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from leadline.retrieval.manifest import Manifest
    from leadline.retrieval.update import Update


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--collection", "name", required=True, help="Name of the collection; made if it does not exist."
)
@click.option(
    "--embedder",
    default="wordllama",
    show_default=True,
    help="wordllama, minilm (extra dense), or none. Counts when the collection is made.",
)
@click.option("--analyzer", default="english", show_default=True, help="Analyzer of the lexical index.")
@click.option(
    "--unit", type=click.Choice(["passage", "document"]), default="passage", show_default=True,
    help="What is ranked: passages, or whole documents as one passage each.",
)  # fmt: skip
@click.option(
    "--ray", "cluster", metavar="ADDRESS",
    help="Read, cut and encode on a Ray cluster (extra ray): its address, or local. The index is the same.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what changed as JSON.")
def command(
    sources: tuple[Path, ...], name: str, embedder: str, analyzer: str, unit: str, cluster: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Read SOURCES (files, folders, zip archives) into a collection. Unchanged files are not read again; changed
    and deleted ones are replaced. A folder in BEIR layout (corpus.jsonl, queries.jsonl) keeps its document ids.

    A file that cannot be read never stops the run: it is listed at the end with the reason.
    """
    from leadline.cli.output import print_json
    from leadline.cli.progress import bar
    from leadline.retrieval.collection import Collection
    from leadline.retrieval.manifest import Settings

    collection = Collection.open(name, create=True, settings=Settings(embedder, analyzer, unit))
    try:
        with bar(f"Indexing into {name}", quiet=as_json) as progress, _workers(cluster) as workers:
            done = collection.update(sources, progress, workers=workers)
    except KeyboardInterrupt:
        click.echo(f"{name} is as it was before: an update is whole or not at all.", err=True)
        raise
    if as_json:
        print_json(as_data(collection.manifest, done))
    else:
        show(collection.manifest, done)


def as_data(manifest: Manifest, done: Update) -> dict[str, Any]:
    """What the collection is now, and what changed, for programs."""
    return {
        "collection": manifest.name,
        "corpus_id": manifest.corpus_id,
        "index_id": manifest.index_id,
        "documents": manifest.n_documents,
        "passages": manifest.n_passages,
        "added": done.added,
        "changed": done.changed,
        "deleted": done.deleted,
        "unchanged": done.unchanged,
        "read_again": done.read_again,
        "failures": done.failures,
    }


def show(manifest: Manifest, done: Update) -> None:
    """The same for people, with the sources that could not be read and what to do."""
    from leadline.cli.output import print_table

    click.echo(
        f"{manifest.name}: {len(done.added)} added, {len(done.changed)} changed, {len(done.deleted)} deleted, "
        f"{done.unchanged} unchanged; {manifest.n_documents} documents, {manifest.n_passages} passages "
        f"({manifest.index_id})."
    )
    if done.read_again:
        click.echo(
            f"{done.read_again} were read again: this Leadline, or a library, reads such files otherwise."
        )
    if done.failures:
        click.echo(f"{len(done.failures)} could not be read:")
        print_table(["source", "reason", "remedy"], [[f.uri, f.reason, f.remedy] for f in done.failures])


def _workers(cluster: str | None) -> Any:
    """A context that gives the workers of that cluster, or None."""
    if cluster is None:
        return nullcontext()
    from leadline.retrieval.cluster import RayWorkers

    return RayWorkers(None if cluster == "local" else cluster)
