"""Search a collection and show the best passages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadline.retrieval.base import Hits
    from leadline.retrieval.collection import Collection

MAX_SHOWN = 300
"""Characters of a passage that the table shows."""


@click.command()
@click.argument("query")
@click.option("--collection", "name", required=True, help="Name of the collection.")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="Number of passages.")
@click.option(
    "--retriever",
    type=click.Choice(["hybrid", "bm25", "dense"]),
    default="hybrid",
    show_default=True,
    help="hybrid is the reciprocal-rank fusion of the other two.",
)
@click.option("--k1", default=0.9, show_default=True, help="BM25: saturation of term frequency.")
@click.option("--b", default=0.4, show_default=True, help="BM25: weight of length normalisation.")
@click.option(
    "--filter", "filters", multiple=True, metavar="FIELD=VALUE",
    help="Only documents with this metadata; repeat a field for alternatives.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print hits, parameters and index id as JSON.")
def command(
    query: str,
    name: str,
    k: int,
    retriever: str,
    k1: float,
    b: float,
    filters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Search a collection for QUERY. Exit code 3 when nothing is found."""
    import sys

    from leadline.errors import UsageError
    from leadline.retrieval.collection import Collection

    wanted = wanted_fields(filters)
    if not query.strip():
        raise UsageError("The query is empty.", remedy="Say what you look for.")
    collection = Collection.open(name)
    hits = collection.search(query, k, wanted or None, retriever, k1=k1, b=b)
    if as_json:
        show_json(query, collection, hits)
    else:
        show_table(collection, hits)
    if not hits.hits:
        sys.exit(3)


def wanted_fields(filters: tuple[str, ...]) -> dict[str, list[str]]:
    """Metadata field -> the values of which a document must have one."""
    from leadline.errors import UsageError

    wanted: dict[str, list[str]] = {}
    for pair in filters:
        field, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--filter {pair!r} is not FIELD=VALUE.")
        wanted.setdefault(field, []).append(value)
    return wanted


def show_json(query: str, collection: Collection, hits: Hits) -> None:
    """Everything that is needed to tell this ranking from another one."""
    import msgspec

    from leadline.cli.output import print_json

    rows = []
    for hit in hits.hits:
        facets, text = collection.facets(hit.document), collection.passage(hit.id).text
        rows.append(
            {**msgspec.to_builtins(hit), "uri": facets["uri"], "title": facets["title"], "text": text}
        )
    print_json(
        {
            "query": query,
            "collection": collection.name,
            "corpus_id": collection.corpus_id,
            "index_id": hits.index,
            "parameters": hits.parameters,
            "notes": hits.notes,
            "hits": rows,
        }
    )


def show_table(collection: Collection, hits: Hits) -> None:
    """The passages for people, and what there is to know of the ranking."""
    from leadline.cli.output import print_table

    rows = []
    for hit in hits.hits:
        line = " ".join(collection.passage(hit.id).text.split())[:MAX_SHOWN]
        rows.append([hit.rank, hit.score, collection.facets(hit.document)["uri"], line])
    print_table(["rank", "score", "source", "text"], rows)
    for note in hits.notes:
        click.echo(note, err=True)
    if not rows:
        click.echo("Nothing found.", err=True)
