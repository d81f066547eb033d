"""Strings that break pages: 120 XSS vectors and over 500 odd texts, put together from families, each only once."""

import unicodedata

ACT = "top.ran=1"
"""What a vector would do if it ran: the browser tests look for it."""
BREAKS = ("", '">', "'>", "</textarea>", "</title>", "-->", "]]>", "</style>", "</script>", "&quot;>")
PAYLOADS = (
    f"<script>{ACT}</script>",
    f"<img src=x onerror={ACT}>",
    f"<svg/onload={ACT}>",
    f"<details open ontoggle={ACT}>x</details>",
    f'<iframe srcdoc="<script>{ACT}</script>"></iframe>',
    f"<input autofocus onfocus={ACT}>",
    f"<a href=javascript:{ACT}>x</a>",
    "<img src=https://evil.example/a.png>",
    "<link rel=stylesheet href=//evil.example/a.css>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example/><form action=/x><button autofocus>x",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={ACT}>'>",
)
VECTORS = tuple(before + payload for before in BREAKS for payload in PAYLOADS)

NUMBERS = """
0 -0 1 -1 1.0 1e400 -1e-400 1e1000 0x10 0b1 0o7 NaN nan Infinity -Infinity 1/0 1_000
1,000.00 1.000,00 ++1 0.1+0.2 2147483648 9223372036854775808 18446744073709551616 00 01
⅓ ² Ⅷ ٣ 1٫5 ∞ -∞ 1' 1\" 08 1. .5 - + 12:61 2023-02-30 0000-00-00
""".split()
WORDS = """
null NULL None nil undefined true TRUE false void yes no on off __proto__ constructor
toString hasOwnProperty prototype CON PRN AUX NUL COM1 LPT1 con.txt desktop.ini .git
.env ~ . .. ... * ? ??* $HOME ${HOME} %PATH% $(id) `id` ;id |id &&id #{7*7} {{7*7}}
${7*7} <%=7*7%> {% %s %d %n %x%x%x%n {0} {} [] [[]] () (( )) {{ }} /* */ // -- # % %00
%0d%0a %2e%2e%2f \\ \\\\ \\0 \\n \\u0000 \\x00 ' " ` '' "" ''' \"\"\" <> < > & && &amp;
&lt; &#0; &#x3c; &nosuch; =1+1 @SUM(1) +1+1 -1+1 | || a|b ../../etc/passwd ..\\..\\x.ini
C:\\x.txt \\\\host\\share file:///etc/passwd javascript:x data:text/html,x
http://evil.example //evil.example mailto:a@b 'or'1'='1 1;DROP admin'-- \"); () 1)or(1=1
UNION*SELECT <!DOCTYPE> <?xml?> <!ENTITY> ]]> <![CDATA[ ﬀ ﬁ ﬂ ß ẞ İ ı ſ K Å Ω ǅ ŉ ΐ ㌀ ﷺ
﷽ ꧅ 𒐫 ⸻ 𓀀 𝔘𝔫𝔦 𝕏 ⒜⒝ Ⓐ ｆｕｌｌ ˙ɐ ツ ¯\\_(ツ)_/¯ (╯°□°）╯︵┻━┻ ಠ_ಠ ʕ•ᴥ•ʔ 田中 部落格 사회과학원 Ёж
مُنَاقَشَةُ בְּרֵאשִׁית สวัสดี नमस्ते ᚻᛖ ⠋⠕ Z̡͓̫a͙͉l͏̖g҉̝o á a̐éö̲
""".split()
EMOJI = """
👍🏿 👩‍👩‍👧‍👦 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨🏻‍💻 1️⃣ ©️ 🇦🇶 🇦 🧑‍🤝‍🧑 ❤️‍🔥 ☠️ ✋🏼 🐵🙈 🫠 ♾️ 🅰️ ⁉️ 🕳️ 🪐
""".split()


def odd_characters():
    """Letters around every character that is invisible, a control, or a mark of its own kind of writing."""
    kinds = {"Cf", "Zs", "Zl", "Zp", "Cc"}
    points = [c for c in map(chr, range(1, 0xE0080)) if unicodedata.category(c) in kinds]
    return [f"a{c}b" for c in points]


def digits():
    """The digit seven of every script."""
    return [
        c * 2
        for c in map(chr, range(0x20000))
        if unicodedata.category(c) == "Nd" and unicodedata.digit(c) == 7
    ]


def writings():
    """Three letters of each block of 128 code points that has letters."""
    found = []
    for start in range(0, 0x20000, 128):
        letters = [chr(n) for n in range(start, start + 128) if unicodedata.category(chr(n))[0] == "L"]
        found += ["".join(letters[:3])] if len(letters) > 2 and len(found) < 170 else []
    return found


def long_ones():
    return [
        "x" * 5000,
        "é́" * 400,
        " " * 50 + "x",
        "\u202e" * 60 + "abc",
        "<" * 500,
        "🙂" * 300,
        "a\u0300" * 300,
        "-" * 999,
    ]


NAUGHTY = tuple(
    dict.fromkeys([*NUMBERS, *WORDS, *EMOJI, *odd_characters(), *digits(), *writings(), *long_ones()])
)


def file_name(n, string):
    """The string as the name of a file: without what file systems forbid, and short enough."""
    kept = string.replace("/", "∕").replace("\0", "")
    return f"{n} {kept.encode()[:150].decode(errors='ignore')}.md"
