"""Tavily; the key is in TAVILY_API_KEY."""

from __future__ import annotations

import httpx

from leadline.environments.search_providers import Result, json_of, key_of

SETTING = "TAVILY_API_KEY"


def search(query: str, k: int, client: httpx.Client) -> list[Result]:
    headers = {"Authorization": f"Bearer {key_of(SETTING, 'Tavily')}"}
    answer = client.post(
        "https://api.tavily.com/search", json={"query": query, "max_results": min(k, 20)}, headers=headers
    )
    rows = json_of(answer, "Tavily").get("results", [])
    return [{"url": r["url"], "title": r.get("title", ""), "snippet": r.get("content", "")} for r in rows]
