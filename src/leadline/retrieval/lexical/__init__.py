"""Leadline's lexical search engine: BM25 with any k1 and b at query time, exact, updatable, crash-safe."""

from leadline.retrieval.lexical.index import LexicalIndex

__all__ = ["LexicalIndex"]
