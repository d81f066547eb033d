"""DuckDuckGo's HTML results; no key."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import httpx

from leadline.environments.search_providers import Result
from leadline.errors import ModelError

_RESULT = re.compile(
    r'class="result__a"[^>]*href="([^"]+)"[^>]*>(.*?)</a>(.*?)(?=class="result__a"|\Z)', re.DOTALL
)
_SNIPPET = re.compile(r'class="result__snippet"[^>]*>(.*?)</a>', re.DOTALL)


def search(query: str, k: int, client: httpx.Client) -> list[Result]:
    answer = client.post("https://html.duckduckgo.com/html/", data={"q": query})
    if answer.status_code != 200:
        raise ModelError(
            f"DuckDuckGo answered {answer.status_code}.", remedy="It limits automated use: try later."
        )
    found: list[Result] = []
    for link, title, rest in _RESULT.findall(answer.text)[:k]:
        snippet = _SNIPPET.search(rest)
        found.append(
            {"url": target(link), "title": plain(title), "snippet": plain(snippet[1]) if snippet else ""}
        )
    return found


def target(link: str) -> str:
    """Where a result link leads: its `uddg` parameter."""
    link = html.unescape(link)
    wrapped = parse_qs(urlsplit(link).query).get("uddg")
    return wrapped[0] if wrapped else link


def plain(markup: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", "", markup).split()))
