"""SearXNG: your own metasearch instance; its address is in SEARXNG_URL."""

from __future__ import annotations

import httpx

from leadline.environments.search_providers import Result, json_of, key_of

SETTING = "SEARXNG_URL"


def search(query: str, k: int, client: httpx.Client) -> list[Result]:
    address = key_of(SETTING, "SearXNG").rstrip("/")
    answer = client.get(f"{address}/search", params={"q": query, "format": "json"})
    rows = json_of(answer, "SearXNG").get("results", [])
    return [{"url": r["url"], "title": r.get("title", ""), "snippet": r.get("content", "")} for r in rows[:k]]
