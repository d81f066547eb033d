"""Renderers: the same facts as pages, news, minutes, tables, databases, charts and scanned forms.

Each returns a `Library`: documents, and for every fact every place where it is written.
"""
