"""Who gets in: token, cookie, password, Host, Origin, form token; and what every answer forbids the browser."""

import pytest
from pages_client import TOKEN, Browser

from leadline.serve.pages import session
from leadline.serve.pages.uploads import MAX_MIB


def test_without_the_token_nothing_is_shown_and_the_way_in_is_said(collection):
    stranger = Browser(login=False)
    for path in ("/", "/runs", "/collections/c", "/search", "/laboratory", "/?token=wrong"):
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert "run `leadline ui` again" in answer.text
        assert "velar" not in answer.text
    assert stranger.get("/health").text == "ok"
    assert stranger.get("/static/pages.css").status_code == 200


def test_the_token_becomes_a_cookie_and_leaves_the_address():
    answer = Browser(login=False).get("/search", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie


def test_a_cookie_of_another_start_is_not_accepted():
    first, second = Browser(), Browser(login=False)
    second.cookies = first.cookies
    assert first.get("/").status_code == 200
    assert second.get("/").status_code == 401


@pytest.mark.parametrize("path", ["/", "/runs", "/nowhere", "/static/pages.css", "/?token=wrong"])
def test_every_answer_forbids_what_is_inline_or_foreign(path):
    headers = Browser().get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_foreign_hosts_and_origins_are_refused():
    browser = Browser()
    assert browser.get("/", headers={"host": "evil.example"}).status_code == 421
    assert browser.get("/", headers={"origin": "https://evil.example"}).status_code == 403
    for origin in ("http://localhost:9999", "null"):  # another server of this machine is another origin
        answer = browser.post("/ask", {"question": "x", "collection": "c"}, headers={"origin": origin})
        assert answer.status_code == 403


def test_changes_need_the_token_of_the_form(collection):
    browser = Browser()
    for address in ("/ask", "/collections", "/collections/c/remove"):
        for given in ({}, {"csrf": "0" * 64}):
            answer = browser.send(
                "POST", address, data={"question": "x", "collection": "c", "name": "c", **given}
            )
            assert answer.status_code == 400
            assert "form is too old" in answer.text
    assert browser.get("/collections/c").status_code == 200
    assert "Nothing was asked yet" in browser.get("/runs").text


def test_a_get_changes_nothing(collection):
    browser = Browser()
    assert browser.get("/collections/c/remove").status_code == 405
    assert browser.get("/collections/c").status_code == 200


def test_a_password_opens_the_pages_and_a_wrong_one_waits(monkeypatch):
    monkeypatch.setattr(session, "WRONG_PASSWORD_SECONDS", 0.0)
    browser = Browser(login=False, password="correct horse", hosts=("*",), base="http://far.example")
    assert 'type="password"' in browser.get("/").text
    wrong = browser.send("POST", "/login", data={"password": "battery staple"})
    assert wrong.status_code == 401
    assert browser.get("/").status_code == 401
    assert browser.send("POST", "/login", data={"password": "correct horse"}).status_code == 303
    assert browser.get("/").status_code == 200
    foreign = browser.send("POST", "/ask", data={"question": "x"}, headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403


def test_a_login_from_a_foreign_page_is_refused():
    browser = Browser(login=False, password="correct horse", hosts=("*",))
    answer = browser.send(
        "POST", "/login", data={"password": "correct horse"}, headers={"origin": "http://evil.example"}
    )
    assert answer.status_code == 403


def test_an_upload_that_is_too_large_is_refused_with_the_limit():
    answer = Browser().send("POST", "/ask", content=b"", headers={"content-length": str(10**9)})
    assert answer.status_code == 413
    assert str(MAX_MIB + 1) in answer.json()["error"]
    page = Browser().send(
        "POST", "/ask", content=b"", headers={"content-length": str(10**9), "accept": "text/html,*/*"}
    )
    assert page.status_code == 413
    assert f"limited to {MAX_MIB + 1} MiB. Nothing was changed." in page.text
    assert "<h1>Refused</h1>" in page.text


def test_beyond_loopback_a_password_is_needed(cli):
    code, _, err = cli("ui", "--host", "0.0.0.0")
    assert code == 2
    assert "password" in err
    assert cli("ui", "--host", "0.0.0.0", "--password", "short")[0] == 2
