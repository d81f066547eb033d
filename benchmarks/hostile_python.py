"""Programs that try to get out of the sandbox, or to exhaust it: 80 and more in 10 families.

`{secret}` is the path of a secret file, `{folder}` a folder to write into, `{port}` a port that would be called.
"""

from __future__ import annotations

import textwrap

FAMILIES: dict[str, tuple[str, ...]] = {
    "files": (
        "open('{secret}').read()",
        "open('{folder}/x', 'w').write('x')",
        "from pathlib import Path\nPath('{secret}').read_text()",
        "from pathlib import Path\nPath('{folder}/x').write_text('x')",
        "import os\nos.listdir('/')",
        "import os\nos.remove('{secret}')",
        "import io\nio.open('{secret}').read()",
        "from pathlib import Path\nlist(Path('/').iterdir())",
        "open('/proc/self/environ').read()",
        "open(0).read()",
    ),
    "environment": (
        "import os\nos.environ['LEADLINE_CANARY']",
        "import os\nos.getenv('LEADLINE_CANARY')",
        "import os\ndict(os.environ)",
        "import sys\nsys.argv",
        "import sys\nsys.modules",
        "import platform\nplatform.node()",
        "import getpass\ngetpass.getuser()",
        "globals()",
        "import os\nos.getcwd()",
    ),
    "processes": (
        "import subprocess\nsubprocess.run(['touch', '{folder}/x'])",
        "import os\nos.system('touch {folder}/x')",
        "import os\nos.fork()",
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nos.execv('/bin/sh', ['sh'])",
        "import multiprocessing\nmultiprocessing.Process()",
        "import threading\nthreading.Thread(target=print).start()",
        "import ctypes\nctypes.CDLL(None)",
        "import signal\nsignal.raise_signal(9)",
    ),
    "network": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}))",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/x')",
        "import http.client\nhttp.client.HTTPConnection('127.0.0.1', {port}).request('GET', '/')",
        "import requests\nrequests.get('http://127.0.0.1:{port}')",
        "import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', {port}))",
        "import ftplib\nftplib.FTP('127.0.0.1')",
        "import smtplib\nsmtplib.SMTP('127.0.0.1', {port})",
        "import ssl\nssl.create_default_context()",
    ),
    "introspection": (
        "().__class__.__bases__[0].__subclasses__()",
        "(lambda: 0).__globals__",
        "query.__globals__",
        "query.__code__",
        "query.__closure__",
        "query.__self__",
        "type(query)",
        "getattr(query, '__' + 'globals__')",
        "'{{0.__class__.__mro__}}'.format(1)",
        "import gc\ngc.get_objects()",
        "import inspect\ninspect.currentframe().f_back",
        "try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_globals",
    ),
    "imports": (
        "__import__('os').system('id')",
        "import importlib\nimportlib.import_module('os').listdir('/')",
        "__builtins__",
        "import builtins\nbuiltins.open('{secret}')",
        "eval('open(\"{secret}\").read()')",
        "exec('import subprocess')",
        "compile('1', 'x', 'eval')",
        "import pickle\npickle.loads(b'cos\\nsystem\\n(S\"id\"\\ntR.')",
        "from leadline.environments import sandbox",
    ),
    "time": (
        "while True:\n    pass",
        "def f():\n    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass\nf()",
        "import time\ntime.sleep(1000)",
        "import asyncio\nasyncio.run(asyncio.sleep(1000))",
        "sum(range(10**13))",
        "n = 1\nwhile True:\n    n += 1",
        "[i * j * k for i in range(10**4) for j in range(10**4) for k in range(10**4)]",
        "import re\nre.match('(a|a)*b', 'a' * 100000)",
        "sorted(range(10**7), key=lambda x: -x) * 10",
        "try:\n    while True:\n        pass\nfinally:\n    while True:\n        pass",
    ),
    "memory": (
        "x = [0] * 10**10",
        "x = 'a' * 10**10",
        "x = []\nwhile True:\n    x.append('a' * 10**6)",
        "x = 'a'\nwhile True:\n    x = x + x",
        "10 ** 10 ** 9",
        "x = 1\nwhile True:\n    x = x << 1000000",
        "{{i: str(i) * 1000 for i in range(10**8)}}",
        "'%1000000000d' % 1",
        "'x'.ljust(10**10)",
        "x = [[]]\nfor i in range(10**7):\n    x = [x]\nrepr(x)",
    ),
    "depth": (
        "def f():\n    return f()\nf()",
        "(lambda f: f(f))(lambda f: f(f))",
        "x = " + "(" * 3000 + "1" + ")" * 3000,
        "x = " + "-" * 20000 + "1",
        "x = " + "[" * 3000 + "]" * 3000,
        "class A:\n    def __repr__(self):\n        return repr(self)\nrepr(A())",
        "x = []\nx.append(x)\nx",
        "def f(n):\n    yield from f(n + 1)\nlist(f(0))",
    ),
    "the one function": (
        "query('DROP TABLE prices')",
        "query(\"COPY prices TO '{folder}/x.csv'\")",
        "query(\"SELECT * FROM read_text('{secret}')\")",
        "query(5)",
        "query()",
        "query('SELECT 1', 'SELECT 2')",
        "query(sql=['a'])",
        "while True:\n    query('SELECT 1')",
        "[query('SELECT count(*) FROM range(100000000000)') for i in range(50)]",
        "query('x' * 10**7)",
        "query(query)",
        "query.limits = 0\nquery('SELECT 1')",
        "while True:\n    try:\n        query('SELECT count(*) FROM range(100000000000)')\n"
        "    except Exception:\n        pass",
        "while True:\n    print('x' * 1000)",
    ),
}


def programs(secret: str, folder: str, port: int) -> dict[str, list[str]]:
    """Every family with its names filled in."""
    return {
        family: [textwrap.dedent(text).format(secret=secret, folder=folder, port=port) for text in texts]
        for family, texts in FAMILIES.items()
    }
