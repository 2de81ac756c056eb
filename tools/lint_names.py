"""Names that say when the author had a thing in hand, and not what it is, are refused.

    python tools/lint_names.py src

A variable, argument, function, class or field may not be one of PRIVATE. Keywords of calls may
(`refuse(found=...)`), and so may the parameters of the functions they belong to, in
errors.py. docs/glossary.md has the words to use.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PRIVATE = frozenset(
    [
        "found",
        "here",
        "said",
        "told",
        "made",
        "kept",
        "there",
        "some",
        "way",
        "known",
        "nearby",
        "bare",
        "goods",
        "people",
        "wanted",
        "called",
        "elsewhere",
        "backed",
        "staged",
        "settled",
        "ended",
        "asked",
        "heard",
        "begun",
        "looking",
        "saying",
        "telling",
        "keeping",
    ]
)
# Words that are terms: a message says what was found, a channel sells goods.
TERMS = {"errors.py": frozenset({"found"}), "words.py": frozenset({"goods"})}


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a module gives to something, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)):
                yield node.lineno, name


def faults(folder: Path) -> Iterator[str]:
    """A line for each name that says nothing."""
    for path in sorted(folder.rglob("*.py")):
        allowed = TERMS.get(path.name, frozenset())
        for line, name in sorted(set(names(ast.parse(path.read_text(encoding="utf-8"))))):
            if name.strip("_").lower() in PRIVATE - allowed:
                yield f"{path}:{line}: the name {name!r} does not say what it is"


if __name__ == "__main__":
    lines = [line for folder in sys.argv[1:] for line in faults(Path(folder))]
    print("\n".join(lines) if lines else "names: none that says nothing")
    sys.exit(bool(lines))
