"""Do the tests notice? Small faults in the kernels at random, each against its room's own tests.

    python tools/mutants.py                            200 faults of seed 0, one after the other
    python tools/mutants.py --seed 1 --count 40 --only conduct

A fault is one operator, sign, comparison, condition or number changed in a function. It is caught
if a test fails, or does not end. Left alone is what has no right value: how long or how closely a
search looks (what is named after tolerances and iterations, constants in capitals), words of
errors, and what only asserts (`assert`, `strict` of zip). Tests are collected once; each fault has
a process of its own, forked from there, in which functions are given the code with the fault, and
which the first failure ends: a second or so, where packages for this (mutmut, cosmic-ray) begin
anew and run all tests for each, hours here.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "inroads"
_CONDUCT = ("conduct", "market/test_networks.py", "market/test_arrays.py", "numerics")
_PANEL = (
    "estimation/test_equations.py",
    "estimation/markets",
    "estimation/test_post_estimation.py",
)
#: folders or files of sources, the nearest first, and the tests of each, the quickest first
KERNELS: dict[str, tuple[str, ...]] = {
    "choice": ("choice", "conduct/test_numbers.py", "conduct/test_contract.py"),
    "conduct/bargaining": ("conduct/test_brute_force.py", "conduct/test_numbers.py", *_CONDUCT),
    "conduct/certificate": ("conduct/test_certificate.py", "market/test_certification.py",
                            *_CONDUCT),
    "conduct": ("conduct/test_numbers.py", "conduct/test_brute_force.py", *_CONDUCT),
    "estimation/equations.py": _PANEL,
    "estimation/markets": _PANEL,
    "estimation/inference": ("estimation/inference", "estimation/test_results.py", *_PANEL),
    "calibration": ("calibration", "peers", "study/test_targets.py"),
}  # fmt: skip
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.USub: ast.UAdd, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And, ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE,
    ast.GtE: ast.LtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_SEARCH = ("tolerance", "iterations", "steps", "rounds", "limit", "atol", "rtol", "tol")


def faults(node: ast.AST, statement: ast.AST) -> Iterator[tuple[ast.AST, Callable[[], None]]]:
    """Every fault in functions below a node: the statement it is in, and what makes it."""
    inside = not isinstance(statement, ast.Module | ast.ClassDef)
    match node if inside else None:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            pass  # of -1 the number is changed: its sign alone is often the same axis
        case ast.BinOp() | ast.AugAssign() | ast.UnaryOp() | ast.BoolOp() if (
            type(node.op) in _SWAPS
        ):
            yield statement, lambda: setattr(node, "op", _SWAPS[type(node.op)]())
        case ast.UnaryOp():
            yield statement, lambda: setattr(node, "operand", ast.UnaryOp(node.op, node.operand))
        case ast.Compare():
            yield statement, lambda: node.ops.__setitem__(0, _SWAPS[type(node.ops[0])]())
        case ast.If() | ast.While() | ast.IfExp():
            yield statement, lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension(ifs=[first, *rest]):
            turned = [ast.UnaryOp(ast.Not(), first), *rest]
            yield statement, lambda: setattr(node, "ifs", turned)
        case ast.Constant(value=bool()):
            yield statement, lambda: setattr(node, "value", not node.value)
        case ast.Constant(value=int() | float()):
            # Not nearly the same number.
            other = node.value + 1 if node.value in (0, 1, 2) else 2 * node.value
            yield statement, lambda: setattr(node, "value", other)
    fields = ("body",) if isinstance(node, ast.Module | ast.ClassDef) else node._fields
    for name in fields:
        child = getattr(node, name, None)
        if name not in ("annotation", "returns", "decorator_list", "args" * _is_function(node)):
            for part in child if isinstance(child, list) else [child]:
                if isinstance(part, ast.AST) and not left_alone(part, inside or _is_function(node)):
                    yield from faults(part, part if isinstance(part, ast.stmt) else statement)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def left_alone(node: ast.AST, inside: bool) -> bool:
    """What has no right value, what does not run, and what runs once, when it is imported."""
    match node:
        case ast.Assert() | ast.Raise() | ast.JoinedStr():
            return True
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.keyword(arg=str(name)):
            return name.endswith(_SEARCH) or name == "strict"
    return isinstance(node, ast.stmt) and not (
        inside or isinstance(node, ast.FunctionDef | ast.ClassDef)
    )


def sample(count: int, seed: int, only: str) -> list[tuple[Path, int, str]]:
    """Faults drawn alike from all: file, number of the fault in it, kernel."""
    every: list[tuple[Path, int, str]] = []
    for kernel in KERNELS:
        place = SOURCE / kernel
        for path in sorted([place] if place.is_file() else place.rglob("*.py")):
            if kernel.startswith(only) and path not in {p for p, _, _ in every}:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                every += [(path, k, kernel) for k, _ in enumerate(faults(tree, tree))]
    print(f"{len(every)} faults to draw from", flush=True)
    return random.Random(seed).sample(every, min(count, len(every)))


def make(path: Path, number: int) -> tuple[CodeType, str, str]:
    """The module's code with a fault, and the statement before and after."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statement, change = list(faults(tree, tree))[number]
    before = ast.unparse(statement).splitlines()[0]
    change()
    code = compile(ast.fix_missing_locations(tree), str(path), "exec", dont_inherit=True)
    return code, before, ast.unparse(statement).splitlines()[0]


def codes(code: CodeType) -> Iterator[CodeType]:
    """All that is compiled in it."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes(constant)


def put_in_place(path: Path, faulty: CodeType) -> None:
    """Give every function of the file that lives, wherever it is known, the code with the fault.

    Names of the package are loaded when first asked for, which may be in a test: it is too late
    then.
    """
    importlib.import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
    by_place = {(c.co_qualname, c.co_firstlineno): c for c in codes(faulty)}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(path):
            own = thing.__code__
            thing.__code__ = by_place.get((own.co_qualname, own.co_firstlineno), own)


class Faults:
    """A plugin that, in place of running the tests once, runs them for every fault."""

    def __init__(self, drawn: list[tuple[Path, int, str]], seconds: float) -> None:
        self.drawn, self.seconds, self.survivors = drawn, seconds, 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Print each survivor, then counts."""
        for kernel in dict.fromkeys(kernel for _, _, kernel in self.drawn):
            if not self.passes(session, tests_of(session, SOURCE, kernel), None, None):
                pytest.exit(f"the tests of {kernel} fail without any fault", returncode=2)
        print("\ntests pass without any fault", flush=True)
        for number, (path, fault, kernel) in enumerate(self.drawn, 1):
            code, before, after = make(path, fault)
            if self.passes(session, tests_of(session, path, kernel), path, code):
                self.survivors += 1
                print(
                    f"survived: {path.relative_to(SOURCE)}\n  - {before}\n  + {after}", flush=True
                )
            if number % 20 == 0:
                print(f"{number - self.survivors} caught of {number}", flush=True)
        print(f"{len(self.drawn) - self.survivors} caught of {len(self.drawn)}", flush=True)
        return True

    def passes(
        self,
        session: pytest.Session,
        items: list[pytest.Item],
        path: Path | None,
        code: CodeType | None,
    ) -> bool:
        """Whether tests pass with the code in place; not if they do not end."""
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, 1)
                os.dup2(null, 2)
                if path and code:
                    put_in_place(path, code)
                for item, following in zip(items, [*items[1:], None], strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    if session.testsfailed:
                        break
            finally:
                os._exit(int(bool(session.testsfailed) or sys.exc_info()[0] is not None))
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status) == 0
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False


def tests_of(session: pytest.Session, path: Path, kernel: str) -> list[pytest.Item]:
    """Tests of the module's name first, if there are any, then those of the kernel."""
    places = [ROOT / "tests" / place for place in KERNELS[kernel]]

    def rank(item: pytest.Item) -> int:
        if item.path.stem == f"test_{path.stem}":
            return -1
        return next(
            (k for k, p in enumerate(places) if p == item.path or p in item.path.parents), 99
        )

    ranked = [(rank(item), item) for item in session.items]
    return [item for k, item in sorted(ranked, key=lambda pair: pair[0]) if k < 99]


def main() -> int:
    """Draw, collect, run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a kernel, or how its name begins")
    parser.add_argument("--seconds", type=float, default=600.0, help="a fault's at most")
    options = parser.parse_args()
    drawn = sample(options.count, options.seed, options.only)
    places = dict.fromkeys(p for _, _, kernel in drawn for p in KERNELS[kernel])
    plugin = Faults(drawn, options.seconds)
    arguments = [
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        *(str(ROOT / "tests" / p) for p in places),
    ]
    ended = int(pytest.main(arguments, plugins=[plugin]))
    return ended or int(plugin.survivors > 0.05 * len(drawn))


if __name__ == "__main__":
    sys.exit(main())
