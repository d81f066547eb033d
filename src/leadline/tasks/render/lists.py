"""List pages: what a web of lists holds about some tables, alone and in pairs."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.tasks.render.library import Library, compose
from leadline.tasks.trees import Tree, pairs_with_common_keys


def list_pages(trees: Sequence[Tree]) -> Library:
    """What a web of lists would hold: each register, what two registers share or hold together, and, as categories
    are named, the shared entries by the value of an attribute. A page is its title and the names that it lists."""
    library = Library()

    def page(title: str, names: list[str]) -> None:
        compose(library, f"list/{len(library.documents)}", title, [(f"{name}.", -1, "") for name in names])

    for tree in trees:
        page(f"List of the {tree.title}", list(tree.rows))
    for a, b, both in pairs_with_common_keys(trees):
        page(f"Entries in both the {a.title} and the {b.title}", both)
        page(f"Entries in the {a.title} or the {b.title}", list(dict.fromkeys([*a.rows, *b.rows])))
        for relation in sorted(a.relations() & b.relations()):
            for value in sorted({a.rows[k].get(relation, "") for k in both} - {""}):
                names = [k for k in both if a.rows[k].get(relation) == value]
                page(f"{value}: entries in both the {a.title} and the {b.title}", names)
    return library
