"""Hostile and odd strings as file names, titles, contents, questions and queries: shown as text, never as markup."""

from html.parser import HTMLParser
from urllib.parse import quote

from pages_client import Browser

from leadline.runs.store import find_run

VECTORS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'><b onclick=alert(1)>",
    "<iframe src=javascript:alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<style>*{display:none}</style>",
    "</textarea><script>alert(1)</script>", "</title><script>alert(1)</script>", "<!--><script>alert(1)</script>",
    "<form action=//evil.example><input name=q>", "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example>", "<math><mtext><img src=x onerror=alert(1)>", "javascript:alert(1)",
    "<svg><script xlink:href=data:,alert(1)>", "<link rel=stylesheet href=//evil.example>", "{{7*7}}${7*7}<%=7*7%>",
    "<object data=data:text/html,alert(1)>", "&lt;script&gt;alert(1)&lt;/script&gt;", "]]><script>alert(1)</script>",
]  # fmt: skip
NAUGHTY = [
    "\u202etxt.exe", "Ω≈ç√∫˜µ≤≥÷", "田中さんにあげて下さい", "👾 🙇 💁", "مُنَاقَشَةُ سُبُلِ", "\u200b\u200c\ufeff", "１２３",
    "Z̡͓̫a͙͉l͏̖g҉̝o", "1;DROP TABLE users", "%s%n%d", "\\x00\\r\\n", "CON", "null", "undefined", "NaN", "-1e100",
    "../../../etc/passwd%00", "() { :; }; echo x", "ﬀ ﬁ ﬂ", "🏳0🌈️", "İstanbul ı", "ß ẞ", "\t tab \v", "a\u0301",
]  # fmt: skip
STRINGS = [*VECTORS, *NAUGHTY]


class Elements(HTMLParser):
    """Tags with their attributes as a browser's tokenizer finds them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        self.text.append(data)


def check(page):
    """Nothing on the page runs, loads or leads anywhere but here."""
    for tag, attributes in Elements(page).found:
        assert tag not in {"iframe", "object", "style", "base", "math", "embed"}, tag
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        for name in ("src", "href", "action", "xlink:href", "data"):
            address = attributes.get(name)
            assert address is None or (address[0] in "/#" and not address.startswith("//")), (tag, address)
        if tag == "script":
            assert attributes["src"].startswith("/static/")
        if tag == "meta":
            assert "http-equiv" not in attributes


def test_as_file_names_titles_contents_and_questions(leadline_home):
    browser = Browser()
    files = [
        (
            f"{n} {string.replace('/', '∕')}.md",
            f"# {string}\n\nValve {n} is made by {string} Works.\n".encode(),
        )
        for n, string in enumerate(STRINGS)
    ]
    address = browser.ask(f"Who makes valve 3 and valve 5? {VECTORS[0]}", files)
    name = find_run(address.rsplit("/", 1)[1]).record.id
    pages = ["/", "/runs", address, "/collections", f"{address}?cite=1", f"{address}/evidence/1"]
    collection = find_run(name).report().run["collection"]
    pages += [f"/collections/{collection}", f"/search?collection={collection}&query=valve+made+works"]
    for path in pages:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        check(answer.text)
    shown = "".join(Elements(browser.get(f"/collections/{collection}").text).text)
    assert "<img src=x onerror=alert(1)>" in shown  # as text, whole
    report = browser.get(f"{address}/report.html").text
    assert "<script>alert" not in report


def test_as_queries_names_and_addresses(collection):
    browser = Browser()
    for string in STRINGS:
        for path in (f"/search?collection=c&query={quote(string)}", f"/search?query=a&collection={quote(string)}",
                     f"/runs/{quote(string, safe='')}", f"/collections/{quote(string, safe='')}"):  # fmt: skip
            answer = browser.get(path)
            assert answer.status_code in (200, 400, 404), (path, answer.text[:300])
            check(answer.text)
