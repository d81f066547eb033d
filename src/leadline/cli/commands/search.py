"""Search a collection and show the best passages."""

from __future__ import annotations

import click


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

    import msgspec

    from leadline.cli.output import print_json, print_table
    from leadline.errors import UsageError
    from leadline.retrieval.collection import Collection

    wanted: dict[str, list[str]] = {}
    for pair in filters:
        field, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--filter {pair!r} is not FIELD=VALUE.")
        wanted.setdefault(field, []).append(value)
    if not query.strip():
        raise UsageError("The query is empty.", remedy="Say what you look for.")
    collection = Collection.open(name)
    hits = collection.search(query, k, wanted or None, retriever, k1=k1, b=b)
    shown = [(hit, collection.passage(hit.id), collection.facets(hit.document)) for hit in hits.hits]
    if as_json:
        rows = [
            {**msgspec.to_builtins(hit), "uri": facets["uri"], "title": facets["title"], "text": passage.text}
            for hit, passage, facets in shown
        ]
        print_json(
            {
                "query": query,
                "collection": name,
                "corpus_id": collection.corpus_id,
                "index_id": hits.index,
                "parameters": hits.parameters,
                "notes": hits.notes,
                "hits": rows,
            }
        )
    else:
        print_table(
            ["rank", "score", "source", "text"],
            [
                [hit.rank, hit.score, facets["uri"], " ".join(passage.text.split())[:300]]
                for hit, passage, facets in shown
            ],
        )
        for note in hits.notes:
            click.echo(note, err=True)
    if not shown:
        if not as_json:
            click.echo("Nothing found.", err=True)
        sys.exit(3)
