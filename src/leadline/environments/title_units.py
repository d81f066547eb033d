"""What a column's title measures, and in which unit: "Weight (kg)", "Price [EUR]", "Temp_C", "Duration/min".

In brackets and behind a slash stands a unit wherever it reads like one; behind a space or an underscore only where it
can hardly be a word of the title: a lone letter needs a quantity before it ("Temp_C" is one, "Group_A" is none).
Units are a closed list, with exponents and products of them ("g/cm3", "µmol m-2 s-1"), so that no word of a title is
taken for one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
SPOKEN = {"euro": "EUR", "euros": "EUR"}
CODES = frozenset(
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GHS HKD HUF IDR ILS INR ISK JPY KES KRW KZT MAD MXN "
    "MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR".split()
)
WORDS = frozenset(
    "days day hours hour hrs minutes minute mins seconds weeks week months month years year cores".split()
)
"""Units that are words: a title keeps them where they are not in brackets ("working days")."""
SYMBOLS = frozenset(
    "nm µm um mm cm dm m km ft yd inch inches mile miles ha µL uL µl ul mL ml cL cl dL dl L l hL "
    "ng µg ug mg g kg t lb lbs oz ns µs us ms s sec min h hr d yr yrs mol kmol mmol µmol umol nmol M mM µM uM nM "
    "A mA µA uA kA V mV µV kV W mW kW MW GW Wh kWh MWh GWh VA kVA Ω kΩ MΩ ohm F mF µF uF nF pF S mS µS uS H mH T mT Ah "
    "mAh Pa hPa kPa MPa GPa mPa bar mbar psi atm Torr mmHg N mN kN MN Nm J mJ kJ MJ GJ cal kcal eV keV MeV "
    "°C °F K ℃ degC degF C Hz kHz MHz GHz rpm B kB KB MB GB TB PB KiB MiB GiB TiB bit kbit Kbit Mbit Gbit bps kbps "
    "Mbps Gbps % ‰ pct ppm ppb dB dBA dBm AU a.u. NTU FNU CFU IU U px lx lm cd cP Bq kBq MBq Gy mGy Sv mSv µSv ° deg "
    "rad pcs kn".split()
)  # fmt: skip
SMALL_CODES = frozenset("eur usd gbp chf nok sek dkk jpy".split())
"""Codes that are also written in small letters; others may be words ("first try")."""
ANY_CASE = frozenset("kg km cm ml lbs ft rpm kwh".split())
"""Symbols that are also written in capitals."""
QUANTITIES = {
    unit: tuple(names.split())
    for units, names in (
        ("C K F", "temp"), ("W", "power load consumption"), ("V", "volt potential"), ("A", "current amp"),
        ("N", "force"), ("J", "energy work"), ("L", "volume capacity"), ("M", "conc molar"), ("T", "field"),
        ("S", "conduct"), ("s sec min us d", "time duration latency delay elapsed runtime length period age"),
        ("bar atm", "press"), ("deg rad", "angle rotation"), ("bit", "size rate"), ("ha", "area size land"),
        ("kn", "speed wind"), ("cd", "lumi"), ("cal", "energy"), ("B H U IU AU pct", ""),
    )
    for unit in units.split()
}  # fmt: skip
"""Symbols that may be words or codes: without brackets they are units only of these quantities, said by the beginning
of a word of the title."""
_LARGE = re.compile(r"[(\[]?\b(?P<code>[a-z]{3}) (?P<size>thousand|million|billion)s?\W*$", re.IGNORECASE)
_BRACKETS = re.compile(r"(?P<name>.*?)\s*(?:\((?P<round>[^()]*)\)|\[(?P<square>[^\[\]]*)\])\s*\Z", re.DOTALL)
_SLASH = re.compile(r"(?P<name>[^/]*[^/\s])\s*/\s*(?P<unit>.+)\Z", re.DOTALL)
_LAST = re.compile(r"(?P<name>.*\w.*?)[\s_,;:]+(?P<unit>[^\s_,;:]+)\Z", re.DOTALL)
_IN = re.compile(r"[\s_]in\Z", re.IGNORECASE)
_EXPONENT = re.compile(r"(?<=\D)(?:\^?[-−]\d|\^\d|[⁻¹²³]+)\Z|(?<=[a-z])\d\Z")
_JOINS = re.compile(r"\s*[/·*×⋅]\s*|\s+per\s+|\s+|(?<=\w)\.(?=\w)")


class Titled(NamedTuple):
    name: str
    """The title without its unit; the whole title where nothing else would be left."""
    unit: str
    """A currency code, "NOK million", or a unit as the title writes it; empty where it names none."""


@lru_cache(maxsize=4096)
def titled(title: str) -> Titled:
    """A title as name and unit.

    >>> [tuple(titled(t)) for t in ("Weight (kg)", "Price [EUR]", "Temp_C", "Duration/min")]
    [('Weight', 'kg'), ('Price', 'EUR'), ('Temp', 'C'), ('Duration', 'min')]
    >>> [tuple(titled(t)) for t in ("Revenue (NOK million)", "amount_eur", "Growth rate (1/h)", "VAT %")]
    [('Revenue', 'NOK million'), ('amount', 'EUR'), ('Growth rate', '1/h'), ('VAT', '%')]
    >>> [titled(t).unit for t in ("Amount (net)", "Group_A", "Input/Output", "Price min", "hours/month", "day")]
    ['', '', '', '', '', '']
    """
    plain = " ".join(title.split())
    if (large := _LARGE.search(plain)) and large["code"].upper() in CODES:
        return _titled(plain, plain[: large.start()], f"{large['code'].upper()} {large['size'].lower()}")
    if found := _BRACKETS.match(plain):
        said = (found["round"] or found["square"] or "").strip().removeprefix("in ").strip()
        return _titled(plain, found["name"], unit) if (unit := as_unit(said)) else Titled(plain, "")
    if (found := _SLASH.match(plain)) and (unit := as_unit(found["unit"])):
        per = as_unit(found["name"]) or (unit in WORDS and not unit.endswith("s"))  # km/h, salary/month
        return Titled(plain, "") if per else _titled(plain, found["name"], unit)
    if plain.endswith("%"):
        return _titled(plain, plain[:-1], "%")
    found = _LAST.match(plain)
    return _at_end(plain, found["name"], found["unit"]) if found else _at_end(plain, "", plain)


def _titled(title: str, name: str, unit: str) -> Titled:
    left = _IN.sub("", name.strip(" _,;:-"))
    return Titled(left if re.search(r"\w", left) else title, unit)


def _at_end(title: str, name: str, last: str) -> Titled:
    """A title whose last word may be its unit."""
    unit = as_unit(last)
    if unit in WORDS:
        return Titled(
            title, unit if name or unit.endswith("s") else ""
        )  # "day" alone says which, "days" how many
    word = last.title() == last or (last.islower() and last not in SMALL_CODES)
    doubtful = unit in CODES and last.isalpha() and word
    if last in QUANTITIES:
        said = re.findall(r"[a-z]+", name.lower())
        doubtful = not any(word.startswith(QUANTITIES[last]) for word in said)
    return Titled(title, "") if doubtful or not unit else _titled(title, name, unit)


def as_unit(text: str) -> str:
    """The unit that a text is, or nothing. A currency comes as its code.

    >>> as_unit("€"), as_unit("eur"), as_unit("g/cm³"), as_unit("EUR/kg"), as_unit("cells/mL"), as_unit("net")
    ('EUR', 'EUR', 'g/cm³', 'EUR/kg', 'cells/mL', '')
    """
    plain = text.strip()
    code = CURRENCIES.get(plain) or SPOKEN.get(plain.lower()) or plain.upper()
    if code in CODES:
        return code
    if plain.lower() in WORDS:
        return plain.lower()
    parts = [part for part in _JOINS.split(plain) if part]
    if not parts or len(plain) > 24:
        return ""
    known = [part == "1" or _is_atom(part) for part in parts]
    # In a quotient what is counted may be any word: cells/mL.
    counted = "/" in plain and len(parts) == 2 and known[1] and parts[0].isalpha() and parts[0].islower()
    return plain if (all(known) and plain != "1") or counted else ""


def _is_atom(part: str) -> bool:
    symbol = _EXPONENT.sub("", part)
    known = symbol in SYMBOLS or symbol in CURRENCIES or symbol.upper() in CODES
    return known or symbol.lower() in ANY_CASE or symbol.lower() in WORDS
