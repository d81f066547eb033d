"""A shard on another machine: `leadline serve` there, this class here. The addresses are the user's configuration.

    GET  /v1/shard                   ShardState
    POST /v1/shard/totals            TotalsQuestion -> Whole
    POST /v1/shard/lists             ListsQuestion -> [Lists]
    GET  /v1/shard/documents/{id}    Document        GET /v1/shard/passages/{id}    Passage
    GET  /v1/shard/uri?uri=          the id of the document that came from there

Numbers travel as JSON writes them, which gives back the same float: nothing is rounded on the way.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Document, Passage
from leadline.retrieval.base import Filter
from leadline.retrieval.lexical.whole import Whole
from leadline.retrieval.searcher import Lists, Plan
from leadline.retrieval.shards import ShardState

T = TypeVar("T")
TRIES = 4
"""How often a busy shard (429) is asked, waiting as long as it says, at most `MAX_WAIT` seconds."""
MAX_WAIT = 2.0


class TotalsQuestion(msgspec.Struct, frozen=True):
    queries: list[str]


class ListsQuestion(msgspec.Struct, frozen=True):
    queries: list[str]
    plan: Plan
    filter: dict[str, Any] | None = None
    whole: Whole | None = None


class RemoteShard:
    """Raises StoreError when the server does not answer as a shard, UsageError for a wrong key. Thread-safe.

    `transport` replaces the network, e.g. by an application in this process.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str = "",
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is no address of a shard.", remedy="It looks like http://host:8000.")
        self.url = url.rstrip("/")
        headers = {"x-api-key": api_key} if api_key else {}
        self._client = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout_s, transport=transport
        )

    def state(self) -> ShardState:
        return self._ask(ShardState, "GET", "/v1/shard")

    def totals(self, queries: Sequence[str]) -> Whole:
        return self._ask(Whole, "POST", "/v1/shard/totals", TotalsQuestion(list(queries)))

    def lists(
        self, queries: Sequence[str], plan: Plan, filter: Filter | None, whole: Whole | None
    ) -> list[Lists]:
        wanted = {
            field: list(v) if isinstance(v, set | frozenset) else v for field, v in (filter or {}).items()
        }
        found = self._ask(
            list[Lists], "POST", "/v1/shard/lists", ListsQuestion(list(queries), plan, wanted, whole)
        )
        if len(found) != len(queries):
            raise StoreError(f"{self.url} gave {len(found)} answers to {len(queries)} queries.")
        return found

    def document(self, id: str) -> Document:
        return self._ask(Document, "GET", f"/v1/shard/documents/{quote(id, safe='')}")

    def passage(self, id: str) -> Passage:
        return self._ask(Passage, "GET", f"/v1/shard/passages/{quote(id, safe='')}")

    def find_uri(self, uri: str) -> str:
        return self._ask(str, "GET", f"/v1/shard/uri?uri={quote(uri, safe='')}")

    def _ask(self, kind: type[T], method: str, path: str, body: Any = None) -> T:
        content = None if body is None else msgspec.json.encode(body)
        for attempt in range(TRIES):
            try:
                answer = self._client.request(method, path, content=content)
            except httpx.HTTPError as error:
                raise StoreError(f"Shard {self.url} cannot be reached: {error or type(error).__name__}.",
                                 remedy="Start it again with leadline serve.") from error  # fmt: skip
            if answer.status_code != 429 or attempt == TRIES - 1:
                break
            time.sleep(min(float(answer.headers.get("retry-after", 1)), MAX_WAIT))
        if answer.status_code != 200:
            raise self._problem(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.MsgspecError as error:
            raise StoreError(f"{self.url} does not answer as a shard does: {error}.",
                             remedy="It must run leadline serve of this version.") from error  # fmt: skip

    def _problem(self, answer: httpx.Response) -> Exception:
        try:
            said = str(answer.json()["error"])
        except (ValueError, KeyError, TypeError):
            said = answer.text[:200]
        if answer.status_code == 404 and said:
            return NotFound("document or passage", answer.url.path.rsplit("/", 1)[-1])
        if answer.status_code in (400, 401):
            return UsageError(f"Shard {self.url}: {said}")
        return StoreError(f"Shard {self.url} answered {answer.status_code}: {said}")
