"""Are two written formulas equal? Compared by value at several points, so that 1/2, 0.5 and \\frac{1}{2} agree.

Only arithmetic, named functions and variables are read: nothing of the text is executed. Two formulas that agree to
nine digits at all six points are called equal, which is not a proof; what cannot be read is never equal.
"""

from __future__ import annotations

import ast
import cmath
import operator
import re
from collections.abc import Callable, Mapping

MAX_CHARS, MAX_NODES = 2000, 400
POINTS = (0.3719, 1.2387, 2.7183, 0.8147, 3.3166, 1.7321)
_LATEX = (
    (re.compile(r"\\(?:left|right|,|;|!|quad|displaystyle)"), ""),
    (re.compile(r"\\(?:cdot|times)"), "*"),
    (re.compile(r"\\div"), "/"),
    (re.compile(r"\\pi\b"), "pi"),
    (re.compile(r"\\([a-z]+)"), r"\1"),
    (re.compile(r"[{]"), "("),
    (re.compile(r"[}]"), ")"),
    (re.compile(r"\^"), "**"),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_JUXTAPOSED = re.compile(r"(?<=\d)\s*(?=(?!e[+-]?\d)[A-Za-z(])|(?<=\))\s*(?=[A-Za-z0-9(])")
_FUNCTIONS: Mapping[str, Callable[[complex], complex]] = {
    "sqrt": cmath.sqrt, "exp": cmath.exp, "log": cmath.log, "ln": cmath.log, "sin": cmath.sin, "cos": cmath.cos,
    "tan": cmath.tan, "abs": abs,
}  # fmt: skip
_CONSTANTS = {"pi": cmath.pi, "e": cmath.e, "i": 1j}
_BINARY: Mapping[type, Callable[[complex, complex], complex]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip


def plain_formula(text: str) -> str:
    """LaTeX and school notation as an expression.

    >>> plain_formula(r"$\\frac{1}{2}x^{2}$"), plain_formula("x = 1,250")
    ('((1)/(2))*x**(2)', '1250')
    """
    text = text.strip().strip("$").strip().rstrip(".")
    for _ in range(8):  # nested fractions and roots, innermost first
        text, before = _ROOT.sub(r"sqrt(\1)", _FRACTION.sub(r"((\1)/(\2))", text)), text
        if text == before:
            break
    for pattern, to in _LATEX:
        text = pattern.sub(to, text)
    if text.count("=") == 1:
        text = text.split("=")[1]
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%", r"(\1/100)", text)
    return _JUXTAPOSED.sub("*", text.strip())


def same_value(left: str, right: str) -> bool:
    """Whether two formulas are equal at all points.

    >>> same_value(r"\\frac{1}{2}", "0.5"), same_value("(x+1)^2", "x^2 + 2x + 1"), same_value("x", "y")
    (True, True, False)
    """
    try:
        trees = [_read(plain_formula(text)) for text in (left, right)]
        return all(_near(*(_value(tree, shift) for tree in trees)) for shift in range(len(POINTS)))
    except (ValueError, TypeError, SyntaxError, ArithmeticError, RecursionError):
        return False


def _near(a: complex, b: complex) -> bool:
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def _read(text: str) -> ast.expr:
    if len(text) > MAX_CHARS:
        raise ValueError(f"{len(text)} characters are no short formula")
    tree = ast.parse(text, mode="eval")
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ValueError("too many parts for a short formula")
    return tree.body


def _value(node: ast.expr, shift: int) -> complex:
    """The value at point `shift`; a variable's depends on its name, so that different ones differ."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return complex(number)
        case ast.Name(id=name):
            return _CONSTANTS.get(name) or POINTS[(sum(map(ord, name)) + shift) % len(POINTS)]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, shift)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _value(inner, shift)
        case ast.BinOp(left=a, op=op, right=b) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(a, shift), _value(b, shift))
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in _FUNCTIONS:
            return complex(_FUNCTIONS[name](_value(inner, shift)))
    raise ValueError(f"not arithmetic: {ast.dump(node)[:80]}")
