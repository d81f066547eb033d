"""The one place that opens connections for pages: bounded, polite, and unable to reach inside.

Each hop of a redirect is checked like the first URL, and the connection goes to the number that was checked, so a name
that resolves to something else a moment later gains nothing. No cookies, no credentials, nothing of the run is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx
import msgspec

from leadline.environments.addresses import Resolve, check_url, resolve
from leadline.errors import LeadlineError, PermissionRefused

AGENT = "Leadline/0.1 (+research agent; respects robots.txt)"


class FetchError(LeadlineError):
    """A page that cannot be had: status, size, time, type."""


class Page(msgspec.Struct, frozen=True):
    """A fetched page: the bytes as they came, and where they came from in the end."""

    url: str
    final_url: str
    status: int
    media_type: str
    data: bytes
    fetched: str
    """ISO time, UTC."""


class Fetcher(Protocol):
    def fetch(self, url: str) -> Page: ...


class WebFetcher:
    """Fetches public pages. `look_up` and `transport` are seams for tests."""

    def __init__(
        self,
        *,
        max_bytes: int = 10 * 1024 * 1024,
        max_seconds: float = 20.0,
        max_redirects: int = 5,
        robots: bool = True,
        look_up: Resolve = resolve,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_bytes, self.max_seconds, self.max_redirects = max_bytes, max_seconds, max_redirects
        self.look_up, self.clock = look_up, clock
        self.robots: dict[str, RobotFileParser] | None = {} if robots else None
        self.client = httpx.Client(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(max_seconds, connect=8.0),
            headers={"user-agent": AGENT, "accept-encoding": "gzip, deflate"},
        )

    def fetch(self, url: str) -> Page:
        """The page at `url`. Raises PermissionRefused for what may not be fetched, FetchError for what failed."""
        deadline = self.clock() + self.max_seconds
        current = url
        for _ in range(self.max_redirects + 1):
            if self.robots is not None and not self._allowed(current, deadline):
                raise PermissionRefused(f"{urlsplit(current).hostname} asks robots not to read this page.")
            status, headers, data = self._get(current, deadline)
            if status in (301, 302, 303, 307, 308) and headers.get("location"):
                current = urljoin(current, headers["location"])
                continue
            if status != 200:
                raise FetchError(f"{current} answered {status}.", remedy="The page may be gone.")
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            media = headers.get("content-type", "application/octet-stream").split(";")[0].strip().lower()
            return Page(url, current, status, media, data, stamp)
        raise FetchError(f"{url} redirects more than {self.max_redirects} times.")

    def _get(self, url: str, deadline: float) -> tuple[int, httpx.Headers, bytes]:
        host, port, address = check_url(url, self.look_up)
        parts = urlsplit(url)
        number = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{number}:{port}", fragment="").geturl()
        name = host if port in (80, 443) else f"{host}:{port}"
        try:
            request = self.client.build_request("GET", target, headers={"host": name})
            request.extensions["sni_hostname"] = host  # the certificate must be the host's, not the number's
            answer = self.client.send(request, stream=True)
            try:
                return answer.status_code, answer.headers, self._bounded(url, answer, deadline)
            finally:
                answer.close()
        except httpx.HTTPError as error:
            raise FetchError(
                f"{url} cannot be fetched: {type(error).__name__}.", remedy="Try again later."
            ) from error

    def _bounded(self, url: str, answer: httpx.Response, deadline: float) -> bytes:
        data = bytearray()
        for piece in answer.iter_bytes(65536):  # decoded: a compressed bomb is counted by what it becomes
            data += piece
            if len(data) > self.max_bytes:
                raise FetchError(f"{url} is larger than {self.max_bytes // 1024 // 1024} MiB.")
            if self.clock() > deadline:
                raise FetchError(f"{url} took longer than {self.max_seconds:g} seconds.")
        return bytes(data)

    def _allowed(self, url: str, deadline: float) -> bool:
        assert self.robots is not None
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self.robots:
            rules = RobotFileParser()
            try:
                status, _, data = self._get(f"{site}/robots.txt", deadline)
                rules.parse(data[:500_000].decode("utf-8", "replace").splitlines() if status == 200 else [])
            except FetchError:
                rules.parse([])
            self.robots[site] = rules
        return self.robots[site].can_fetch(AGENT, url)
