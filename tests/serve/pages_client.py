"""A browser without a screen: keeps the cookie, reads the form token off the page, waits for a run."""

import asyncio
import re
import time

import httpx

from leadline.serve.pages.app import create_ui

TOKEN = "the-token-of-this-start"


class Browser:
    """Talks to the pages in process. `login=False` is someone without the token."""

    def __init__(self, *, login=True, base="http://localhost", **options):
        self.app, self.cookies, self.base = create_ui(TOKEN, **options), httpx.Cookies(), base
        if login:
            assert self.get("/", params={"token": TOKEN}).status_code == 303

    def send(self, method, url, **options):
        async def go():
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=self.base, cookies=self.cookies, timeout=30
            ) as client:
                answer = await client.request(method, url, **options)
                self.cookies.update(client.cookies)
                return answer

        return asyncio.run(go())

    def get(self, url, **options):
        return self.send("GET", url, **options)

    def csrf(self):
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get("/").text)[1]

    def post(self, url, data=None, **options):
        return self.send("POST", url, data={"csrf": self.csrf(), **(data or {})}, **options)

    def ask(self, question, files=(), **data):
        """Ask, wait for the end, and give the run's address."""
        sent = [("files", (name, content)) for name, content in files]
        answer = self.post("/ask", {"question": question, **data}, files=sent or None)
        assert answer.status_code == 303, answer.text
        address = answer.headers["location"]
        self.wait(address)
        return address

    def wait(self, address):
        for _ in range(400):
            if 'class="badge running"' not in self.get(address).text:
                return
            time.sleep(0.05)
        raise AssertionError("the run did not end")
