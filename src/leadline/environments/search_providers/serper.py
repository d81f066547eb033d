"""Serper (Google results); the key is in SERPER_API_KEY."""

from __future__ import annotations

import httpx

from leadline.environments.search_providers import Result, json_of, key_of

SETTING = "SERPER_API_KEY"


def search(query: str, k: int, client: httpx.Client) -> list[Result]:
    headers = {"X-API-KEY": key_of(SETTING, "Serper")}
    answer = client.post("https://google.serper.dev/search", json={"q": query, "num": k}, headers=headers)
    rows = json_of(answer, "Serper").get("organic", [])
    return [{"url": r["link"], "title": r.get("title", ""), "snippet": r.get("snippet", "")} for r in rows]
