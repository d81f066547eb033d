"""A model by a short name: `local`, a GGUF file, `openai:NAME`, `ollama:NAME`, `http://host/v1#NAME`, `PROVIDER:NAME`,
`scripted:FILE`.

OpenAI-compatible servers go through the lean client; other providers through pydantic-ai (extra `providers`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from leadline.errors import NotFound, UsageError
from leadline.models.base import ChatModel

COMPATIBLE = {
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "together": ("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "ollama": ("http://127.0.0.1:11434/v1", ""),
    "vllm": ("http://127.0.0.1:8000/v1", ""),
    "lmstudio": ("http://127.0.0.1:1234/v1", ""),
}
"""Provider -> address, and the environment variable of its key ("" needs none)."""
OTHERS = {"anthropic": "ANTHROPIC_API_KEY", "google": "GEMINI_API_KEY", "cohere": "CO_API_KEY", "bedrock": ""}
PORTS = {"http": 80, "https": 443}
SETTINGS = ("parallel", "per_minute", "timeout_s", "usd_in", "usd_out")
"""Calls at once, calls a minute, seconds of one attempt, and US dollars for a million tokens read and written."""


def in_process(spec: str) -> bool:
    """Whether the model of a spec runs in this process, so that nothing is sent anywhere."""
    return spec == "local" or spec.endswith(".gguf") or spec.startswith("scripted:")


def model_from(spec: str, *, offline: bool = False) -> ChatModel:
    """The model of a spec. With `offline`, anything that needs the network is refused.

    Raises UsageError for a missing key (naming its variable) and for settings that do not exist, NotFound for an
    unknown provider.
    """
    if in_process(spec):
        scripted = spec.startswith("scripted:")
        return _scripted(Path(spec.partition(":")[2])) if scripted else _in_process(spec)
    if offline:
        raise UsageError(f"{spec} needs the network, and --offline forbids it.", remedy="Use --model local.")
    bare, settings = settings_of(spec)
    if bare.startswith(("http://", "https://")):
        return _by_address(bare, settings)
    provider, _, name = bare.partition(":")
    if provider in COMPATIBLE and name:
        address, variable = COMPATIBLE[provider]
        return _compatible(address, name, _key(variable, bare), settings)
    if provider in OTHERS and name:
        _key(OTHERS[provider], bare)
        from leadline.models.providers import ProviderModel

        return ProviderModel(
            bare, parallel=int(settings.get("parallel", 8)), usd_per_million=prices(settings)
        )
    if not name and provider in {*COMPATIBLE, *OTHERS}:
        raise UsageError(f"{spec} names no model.", remedy=f"Write {provider}:NAME.")
    known = ["local", "PATH.gguf", "scripted:FILE", "http://HOST/v1", *COMPATIBLE, *OTHERS]
    raise NotFound("model provider", provider, known)


def settings_of(spec: str) -> tuple[str, dict[str, float]]:
    """A spec without its settings, and those.

    >>> settings_of("ollama:qwen3:4b?parallel=1")
    ('ollama:qwen3:4b', {'parallel': 1.0})
    """
    bare, _, said = spec.partition("?")
    settings: dict[str, float] = {}
    for part in filter(None, said.split("&")):
        name, _, value = part.partition("=")
        if name not in SETTINGS:
            raise NotFound("setting of a model", name, SETTINGS)
        try:
            settings[name] = float(value)
        except ValueError:
            raise UsageError(f"{part} in {spec} is not a number.", remedy=f"Write {name}=NUMBER.") from None
        if settings[name] < (0 if name.startswith("usd") else 1):
            raise UsageError(f"{part} in {spec} is too small.")
    return bare, settings


def prices(settings: Mapping[str, float]) -> tuple[float, float]:
    """US dollars for a million tokens read and written."""
    return settings.get("usd_in", 0.0), settings.get("usd_out", 0.0)


def _compatible(address: str, name: str, key: str, settings: Mapping[str, float]) -> ChatModel:
    from leadline.models.openai_compatible import OpenAICompatible

    return OpenAICompatible(
        address,
        name,
        api_key=key,
        timeout_s=settings.get("timeout_s", 120.0),
        usd_per_million=prices(settings),
        parallel=int(settings.get("parallel", 8)),
        per_minute=settings.get("per_minute", float("inf")),
    )


@lru_cache(maxsize=2)
def _in_process(spec: str) -> ChatModel:
    """Loaded once per process."""
    from leadline.models.local import LocalModel

    return LocalModel(None if spec == "local" else Path(spec))


def _scripted(path: Path) -> ChatModel:
    """A model that answers with the lines of a file, one after the other: for trying agents, and for replays."""
    from leadline.models.scripted import ScriptedModel

    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Cannot read {path}: {error}.", remedy="Give a file with one answer a line."
        ) from error
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    return ScriptedModel([line for line in lines if line.strip()], name=f"scripted-{digest}")


def _by_address(spec: str, settings: Mapping[str, float]) -> ChatModel:
    address, _, name = spec.partition("#")
    if not name:
        raise UsageError(f"{spec} names no model.", remedy="Write http://host:port/v1#NAME.")
    return _compatible(address, name, _bound_key(address), settings)


def _bound_key(address: str) -> str:
    """The key of LEADLINE_MODEL_KEY, for addresses under LEADLINE_MODEL_ADDRESS only: an address is quickly typed, and
    a key must not travel to whoever stands behind it. UsageError for a key without an address."""
    key, bound = os.environ.get("LEADLINE_MODEL_KEY", ""), os.environ.get("LEADLINE_MODEL_ADDRESS", "")
    if key and not bound:
        raise UsageError(
            "LEADLINE_MODEL_KEY does not say whose key it is.",
            remedy="Set LEADLINE_MODEL_ADDRESS to the address that may have it (http://host:port/v1) or unset the key.",
        )
    return key if key and _under(address, bound) else ""


def _under(address: str, bound: str) -> bool:
    """Whether an address has scheme, host and port of `bound`, and a path that begins with its path.

    >>> _under("https://h.org/v1/", "https://H.org:443"), _under("https://h.org/v10", "https://h.org/v1")
    (True, False)
    >>> _under("https://h.org@evil.org/v1", "https://h.org/v1"), _under("http://h.org/v1", "https://h.org/v1")
    (False, False)
    """
    asked, allowed = urlsplit(address), urlsplit(bound)
    try:
        same = [(p.scheme, p.hostname, p.port or PORTS.get(p.scheme)) for p in (asked, allowed)]
    except ValueError:  # a port that is no number
        return False
    # A server may resolve "/v1/../": such a path is under nothing but itself.
    plain = ".." not in asked.path and "%" not in asked.path and "\\" not in asked.path
    return same[0] == same[1] and plain and f"{asked.path}/".startswith(allowed.path.rstrip("/") + "/")


def _key(variable: str, spec: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "")
    if not key:
        raise UsageError(f"{spec} needs a key.", remedy=f"Set the environment variable {variable}.")
    return key
