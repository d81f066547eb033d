"""Any OpenAI-compatible endpoint over one httpx client: nearly every model server speaks this.

Lean on purpose: a vendor SDK costs about half of every framework's CPU time per step. Retries with backoff on 429,
5xx and broken connections; an option that a server does not know (a schema, a seed) is left out from then on;
everything else is a ModelError that says what the server said.
"""

from __future__ import annotations

import contextlib
import random
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from leadline.errors import ContextOverflow, ModelDown, ModelError
from leadline.models.base import Message, Reply
from leadline.models.completion import overflowed, read_completion
from leadline.models.pace import Pace

MAX_ANSWER_BYTES = 8 * 1024 * 1024
JSON = {"content-type": "application/json"}
OPTIONAL = {
    "response_format": ("response_format", "json_schema"), "max_tokens": ("max_tokens",), "seed": ("seed",),
    "temperature": ("temperature",), "top_logprobs": ("logprobs",),
}  # fmt: skip
"""Option of a request -> words by which a server refuses it."""

NO_KEY = (
    "No API key was sent: LEADLINE_MODEL_KEY goes to LEADLINE_MODEL_ADDRESS only; set both for this server."
)


class Refused(Exception):
    """The server does not take an option; its name is the argument."""


class OpenAICompatible:
    """`base_url` ends before /chat/completions. Usage is taken from the server's answer.

    `parallel` calls at once and `per_minute` calls a minute at most, over all threads; `timeout_s` bounds one attempt.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        timeout_s: float = 120.0,
        attempts: int = 4,
        usd_per_million: tuple[float, float] = (0.0, 0.0),
        parallel: int = 8,
        per_minute: float = float("inf"),
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url, self.model, self.name = base_url.rstrip("/"), model, f"{base_url.rstrip('/')}#{model}"
        self.timeout_s, self.attempts, self.prices = timeout_s, attempts, usd_per_million
        self.parallel, self.clock, self.sleep = parallel, clock, sleep
        self.pace = Pace(parallel, per_minute, clock=clock, sleep=sleep)
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        # A connection of its own for each call under way: a pool that they share looks through all of them each time.
        self._make: Callable[[], httpx.Client] = (
            (lambda: client) if client else lambda: _client(self.base_url, headers)
        )
        self._idle: deque[httpx.Client] = deque([self._make()])
        self._url = httpx.URL(f"{self.base_url}/chat/completions")
        self._headers = httpx.Headers({**self._idle[0].headers, **JSON})
        self._wait = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        self.left_out: frozenset[str] = frozenset()
        """Options that the server has refused."""

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_logprobs: int = 0,
        schema: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Reply:
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        if top_logprobs:
            options |= {"logprobs": True, "top_logprobs": top_logprobs}
        if schema is not None:
            options["response_format"] = {
                "type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True},
            }  # fmt: skip
        while True:
            try:
                with self.pace:
                    return self._read(self._post(self._body(messages, options)))
            except Refused as refused:
                self.left_out |= {str(refused)}

    def _body(self, messages: Sequence[Message], options: Mapping[str, Any]) -> bytes:
        said = [{"role": m.role, "content": m.content} for m in messages]
        taken = {name: value for name, value in options.items() if name not in self.left_out}
        if "max_tokens" in self.left_out:
            taken["max_completion_tokens"] = options["max_tokens"]
        if "top_logprobs" in self.left_out:
            taken.pop("logprobs", None)
        if "response_format" in options and "response_format" in self.left_out:
            schema = options["response_format"]["json_schema"]["schema"]
            how = f"Answer with one JSON object of this schema: {msgspec.json.encode(schema).decode()}"
            said.append({"role": "user", "content": how})
        return msgspec.json.encode({"model": self.model, "messages": said, **taken})

    def _post(self, body: bytes) -> bytes:
        """The answer's bytes. Waits 0.5, 1, 2 ... seconds (or what Retry-After says) between attempts."""
        why = ""
        for attempt in range(self.attempts):
            if attempt:
                self.sleep(_backoff(attempt))
            self.pace.wait()
            try:
                status, headers, data = self._once(body)
            except httpx.TimeoutException:
                why = "no answer in time"
                continue
            except httpx.TransportError as error:
                why = f"{type(error).__name__}: {error}"
                continue
            if status == 200:
                return data
            why = f"{status} {data[:300].decode('utf-8', 'replace')}"
            if status != 429 and status < 500:
                raise self._refusal(status, data, body)
            self.pace.hold(_asked(headers))
        raise ModelDown(
            f"{self.name} did not answer after {self.attempts} attempts ({why}).",
            remedy="Is the server running, and is the address right?",
        )

    def _once(self, body: bytes) -> tuple[int, httpx.Headers, bytes]:
        """One attempt, within `timeout_s` also when the server sends a byte now and then."""
        until, data = self.clock() + self.timeout_s, bytearray()
        # Made by hand: merging the client's settings anew costs a fifth of a call.
        request = httpx.Request("POST", self._url, headers=self._headers, content=body, extensions=self._wait)
        with self._client() as client, contextlib.closing(client.send(request, stream=True)) as answer:
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > MAX_ANSWER_BYTES:
                    raise ModelError(f"The answer is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MiB.")
                if self.clock() > until:
                    raise httpx.ReadTimeout("the answer did not end")
            return answer.status_code, answer.headers, bytes(data)

    @contextlib.contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        """The client that was free last, or a new one."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._make()
        try:
            yield client
        finally:
            self._idle.append(client)

    def _refusal(self, status: int, data: bytes, body: bytes) -> Exception:
        """What a refused request means: something to leave out, something too long, or an error for the user."""
        said = data[:2000].decode("utf-8", "replace")
        if overflowed(said):
            return ContextOverflow(f"{self.name} cannot read that much: {said[:300]}")
        if status in (400, 422):
            for option, words in OPTIONAL.items():
                sent = f'"{option}":'.encode() in body and option not in self.left_out
                if sent and any(word in said for word in words):
                    return Refused(option)
        return ModelDown(
            f"{self.name} refused the request: {status} {said[:300]}",
            remedy=_remedy(status, keyed="authorization" in self._headers),
        )

    def _read(self, data: bytes) -> Reply:
        try:
            reply = read_completion(msgspec.json.decode(data), self.name)
        except (msgspec.DecodeError, UnicodeDecodeError):
            start = data[:120].decode("utf-8", "replace")
            raise ModelError(f"{self.name} gave no usable answer: {start!r} is not JSON.") from None
        sent, got = reply.cost["tokens_in"], reply.cost["tokens_out"]
        usd = (sent * self.prices[0] + got * self.prices[1]) / 1e6
        return msgspec.structs.replace(reply, cost={**reply.cost, "usd": usd})


@lru_cache(maxsize=2)
def _tls(scheme: str) -> ssl.SSLContext:
    """One set of certificates for all clients: reading them takes a tenth of a second. Over plain http there is nothing
    to verify (redirects are not followed), and a context that trusts nobody will do."""
    return httpx.create_ssl_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _client(base_url: str, headers: Mapping[str, str]) -> httpx.Client:
    parts = urlsplit(base_url)
    return httpx.Client(
        headers=headers,
        verify=_tls(parts.scheme),
        trust_env=parts.hostname
        not in ("127.0.0.1", "::1", "localhost"),  # no proxy on the way to this machine
    )


def _backoff(attempt: int) -> float:
    """Spread, so that clients do not return at once."""
    return min(30.0, 0.5 * 2 ** (attempt - 1) * random.uniform(0.8, 1.2))


def _asked(headers: httpx.Headers) -> float:
    """Seconds that the server asks to wait; at most half a minute."""
    said = headers.get("retry-after", "")
    return min(30.0, float(said)) if said.replace(".", "", 1).isdigit() else 0.0


def _remedy(status: int, *, keyed: bool) -> str:
    if status in (401, 403):
        return "Check the API key." if keyed else NO_KEY
    return "Check the model's name and the address." if status == 404 else ""
