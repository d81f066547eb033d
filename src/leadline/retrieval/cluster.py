"""Building big collections on Ray (extra `ray`): documents are read, cut and encoded by many processes or machines.

The process that updates the collection only writes. Segments and ids are those of a serial build, whatever the number
of workers and the order in which they finish, because answers are taken in the order of the sources. Every machine
must see the files under the same paths.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any

from leadline.errors import UsageError, need
from leadline.retrieval.beir import is_beir
from leadline.retrieval.entries import WithEntries, cut_up, encoded
from leadline.retrieval.manifest import Settings
from leadline.retrieval.readings import Progress, beir_readings
from leadline.retrieval.store import Entry
from leadline.sources.limits import Limits
from leadline.sources.read import Reading, read_files
from leadline.sources.walk import File, find_files

FILES, LINES = 16, 256
"""Files, and lines of a BEIR corpus, of one task."""
AHEAD = 2
"""Tasks per processor that are under way: bounds the memory that answers take."""


class RayWorkers:
    """`with RayWorkers() as workers: collection.update(paths, workers=workers)`.

    address: of a running cluster ("auto" or ray://host:10001); None starts one on this machine with `n_workers`
    processes, and ends it on leaving. Raises MissingExtra without Ray.
    """

    def __init__(self, address: str | None = None, n_workers: int | None = None) -> None:
        self._ray = need("ray", "ray", "Building on a cluster")
        self._started = not self._ray.is_initialized()
        if self._started:
            local: dict[str, Any] = (
                {"num_cpus": n_workers, "include_dashboard": False} if address is None else {}
            )
            try:
                self._ray.init(address=address, log_to_driver=False, logging_level="ERROR", **local)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise UsageError(f"Ray does not start at {address or 'this machine'}: {error}",
                                 remedy="Check the address, or leave it out.") from error  # fmt: skip
        self._prepare = self._ray.remote(num_cpus=1, max_retries=3)(_prepare)

    def __enter__(self) -> RayWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._started:
            self._ray.shutdown()

    def readings(
        self, paths: Sequence[Path], known: Mapping[str, str], settings: Settings, progress: Progress | None
    ) -> WithEntries:
        """As retrieval/readings.py gives them, entries with vectors. `progress` is told at the end."""
        files = find_files([path for path in paths if not is_beir(path)], Limits())
        lines = (r for path in paths if is_beir(path) for r in beir_readings(path.resolve(), known))
        limit = AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        waiting: deque[Any] = deque()
        for batch in chain(_batches(lines, LINES), _batches(files, FILES)):
            mine = {
                file.uri: known[file.uri] for file in batch if isinstance(file, File) and file.uri in known
            }
            waiting.append(self._prepare.remote(batch, mine, settings))
            if len(waiting) >= limit:
                yield from self._ray.get(waiting.popleft())
        while waiting:
            yield from self._ray.get(waiting.popleft())
        if progress is not None and files:
            progress(len(files), len(files))


def _batches(things: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


def _prepare(
    batch: Sequence[File | Reading], known: Mapping[str, str], settings: Settings
) -> list[tuple[Reading, list[Entry]]]:
    """One task: files are read (in a killable process, as always), documents cut and encoded."""
    files = [one for one in batch if isinstance(one, File)]
    readings = [*read_files(files, Limits(), known, workers=1), *(r for r in batch if isinstance(r, Reading))]
    found = [[cut_up(document, settings) for document in reading.documents] for reading in readings]
    ready = iter(encoded([entry for entries in found for entry in entries], settings))
    return [
        (reading, [next(ready) for _ in entries]) for reading, entries in zip(readings, found, strict=True)
    ]
