"""Lines of logs are sentences of their own, whatever stands in them; prose with times in it is not."""

from __future__ import annotations

import pytest

from leadline.evidence.model import Document
from leadline.retrieval.enclosing import are_settings, enclosing
from leadline.retrieval.passages import contexts, cut
from leadline.retrieval.sentences import sentences


@pytest.mark.parametrize(
    "line",
    [
        "2025-03-14 02:13:07,412 ERROR [payments] Timed out. Retrying",
        "2025-07-02T22:01:13Z edge1 bgpd[311]: neighbor went down",
        "Mar 14 03:17:22 web01 kernel: Out of memory",
        "Mar  4 03:17:22 web01 kernel: Out of memory",
        "[02/Jul/2025 02:03:17] ERROR job=mailstore",
        '198.51.100.4 - - [14/Mar/2025:09:15:40 +0000] "GET /search HTTP/1.1" 500 312',
        "ERROR 2025-03-14 02:13:07 no space",
        "[WARN] [2025-03-14 02:13:07] slow",
        "<34>1 2025-03-14T02:13:07Z host app: x",
        "E0314 02:13:07.123456 main.go:12] failed",
        "12:01:30.000 ERROR worker-1 task 8815 crashed. Restarting",
        "web_1  | 2025-03-14 02:13:07 ready",
        "ts=2025-03-14T02:13:07Z level=info msg=ready",
        "[   12.345678] usb 1-1: new device",
    ],
)
def test_every_line_of_a_log_is_one_sentence(line: str):
    text = f"{line}\n{line}\n{line}\n"
    assert [text[a:b] for a, b in sentences(text)] == [line] * 3


def test_a_trace_stays_with_its_line():
    text = "2025-03-14 02:13:07 ERROR failed\n  at shop.pay(Pay.java:7)\n2025-03-14 02:13:08 INFO on"
    assert [text[a:b] for a, b in sentences(text)] == [
        text[: text.rindex("\n")],
        "2025-03-14 02:13:08 INFO on",
    ]


def test_times_in_prose_are_no_borders():
    text = "The probe was cleaned at\n11:30:05 and put back. It was\nread on 2025-03-14 again."
    assert [text[a:b] for a, b in sentences(text)] == [text[:47], text[48:]]
    text = "We met on 14 March. At 12:00:01 it\nrang. Then we left."
    assert [text[a:b] for a, b in sentences(text)] == [
        "We met on 14 March.",
        "At 12:00:01 it\nrang.",
        "Then we left.",
    ]


def test_settings_know_their_sections():
    yaml = "# site\nserver:\n  tls:\n    port: 8443\n  workers: 12\n"
    assert are_settings(yaml)
    assert enclosing(yaml, yaml.index("port")) == ("server:", "tls:")
    assert enclosing(yaml, yaml.index("workers")) == ("server:",)
    nginx = "server {\n    listen 443;\n    location / {\n        proxy_read_timeout 75s;\n    }\n}\n"
    assert are_settings(nginx)
    assert enclosing(nginx, nginx.index("proxy")) == ("server {", "location / {")
    for prose in (
        "Dues:\n\n- Boats pay 40.\n- Rafts pay 10.",
        "A sentence that ends.\nAnother one.",
        "Total | 5\nVAT | 1",
    ):
        assert not are_settings(prose)


def test_identifiers_are_found_by_their_words():
    document = Document("d", "nginx.conf", "proxy_read_timeout 75s;", "f/nginx.conf", "text/plain", "0")
    assert contexts(document, cut(document)) == ["nginx.conf\nnginx conf proxy read timeout"]
