"""Brave Search; the key is in BRAVE_API_KEY."""

from __future__ import annotations

import httpx

from leadline.environments.search_providers import Result, json_of, key_of

SETTING = "BRAVE_API_KEY"


def search(query: str, k: int, client: httpx.Client) -> list[Result]:
    headers = {"X-Subscription-Token": key_of(SETTING, "Brave Search")}
    answer = client.get(
        "https://api.search.brave.com/res/v1/web/search",
        params={"q": query, "count": min(k, 20)},
        headers=headers,
    )
    rows = json_of(answer, "Brave Search").get("web", {}).get("results", [])
    return [{"url": r["url"], "title": r.get("title", ""), "snippet": r.get("description", "")} for r in rows]
