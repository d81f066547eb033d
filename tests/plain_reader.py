"""Reads text files in this process: what tests of collections give to `update` instead of the reader processes."""

from hashlib import sha256
from pathlib import Path

from leadline.evidence.model import Document
from leadline.sources.read import Reading


def read_plain(paths, *, known, progress=None):
    for path in map(Path, paths):
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        for file in files:
            uri, data = file.relative_to(path.parent).as_posix(), file.read_bytes()
            digest = sha256(data).hexdigest()
            if known.get(uri) == digest:
                yield Reading(uri, digest, unchanged=True)
                continue
            name = "d" + sha256(uri.encode()).hexdigest()[:12]
            yield Reading(uri, digest, (Document(name, file.stem, data.decode(), uri, "text/plain", digest),))
