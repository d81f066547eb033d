"""Any OpenAI-compatible endpoint over one httpx client: nearly every model server speaks this.

Lean on purpose: a vendor SDK costs about half of every framework's CPU time per step. Retries with backoff on 429,
5xx and broken connections; everything else is a ModelError that says what the server said.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from leadline.errors import ModelError
from leadline.models.base import Message, Reply
from leadline.models.completion import read_completion

MAX_ANSWER_BYTES = 8 * 1024 * 1024


class OpenAICompatible:
    """`base_url` ends before /chat/completions. Usage is taken from the server's answer. `parallel` is how many calls
    agents side by side may have under way."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        timeout_s: float = 120.0,
        attempts: int = 4,
        usd_per_million: tuple[float, float] = (0.0, 0.0),
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        parallel: int = 4,
    ) -> None:
        self.parallel = parallel
        self.base_url, self.model, self.name = base_url.rstrip("/"), model, f"{base_url.rstrip('/')}#{model}"
        self.attempts, self.prices, self.sleep = attempts, usd_per_million, sleep
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self.client = client or httpx.Client(timeout=timeout_s, headers=headers)

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
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
        }
        if top_logprobs:
            body |= {"logprobs": True, "top_logprobs": top_logprobs}
        if schema is not None:
            body["response_format"] = {
                "type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema), "strict": True},
            }  # fmt: skip
        return self._read(self._post(body))

    def _post(self, body: dict[str, Any]) -> bytes:
        """The answer's bytes. Waits 0.5, 1, 2 ... seconds (or what Retry-After says) between attempts."""
        payload, why = msgspec.json.encode(body), ""
        for attempt in range(self.attempts):
            if attempt:
                self.sleep(_wait(attempt, why))
            try:
                url = f"{self.base_url}/chat/completions"
                with self.client.stream(
                    "POST", url, content=payload, headers={"content-type": "application/json"}
                ) as answer:
                    data = _bounded(answer)
                    if answer.status_code == 200:
                        return data
                    why = f"{answer.status_code} {data[:300].decode('utf-8', 'replace')}"
                    if answer.status_code != 429 and answer.status_code < 500:
                        raise ModelError(
                            f"{self.name} refused the request: {why}", remedy=_remedy(answer.status_code)
                        )
                    why = f"{answer.headers.get('retry-after', '')}|{why}"
            except httpx.TimeoutException:
                why = "|no answer in time"
            except httpx.TransportError as error:
                why = f"|{type(error).__name__}: {error}"
        raise ModelError(
            f"{self.name} did not answer after {self.attempts} attempts ({why.split('|', 1)[-1]}).",
            remedy="Is the server running, and is the address right?",
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


def _bounded(answer: httpx.Response) -> bytes:
    data = bytearray()
    for piece in answer.iter_bytes():
        data += piece
        if len(data) > MAX_ANSWER_BYTES:
            raise ModelError(f"The answer is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MiB.")
    return bytes(data)


def _wait(attempt: int, why: str) -> float:
    asked = why.split("|", 1)[0]
    backoff = (
        0.5 * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)
    )  # spread, so that clients do not return at once
    return min(30.0, max(backoff, float(asked) if asked.replace(".", "", 1).isdigit() else 0.0))


def _remedy(status: int) -> str:
    return {
        401: "Check the API key.",
        403: "Check the API key.",
        404: "Check the model's name and the address.",
    }.get(status, "")
