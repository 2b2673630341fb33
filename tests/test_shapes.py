"""The shapes in signatures: they are there, the test run checks them, and the product does not."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from jaxtyping import TypeCheckError

from multimodal.models.vqgan import cells_of, nearest_codes
from multimodal.painting.guidance import Target, total_variation
from multimodal.tokens.sampling import guided

ROOT = Path(__file__).parents[1]
FOLDERS = ("models", "painting", "tokens")
SHAPED = {"Float", "Int", "Bool", "Shaped", "Callable", "dict"}
FILES = sorted(path for name in FOLDERS for path in ROOT.glob(f"multimodal/{name}/**/*.py"))


def public_functions(where: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Functions, and the methods of classes, without those of private classes."""
    for node in where.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def bare_tensors(annotation: ast.expr | None) -> Iterator[ast.AST]:
    """Every `Tensor` in it that has no shape; a dict's and a Callable's may be of any."""
    nodes = [annotation] if annotation else []
    while nodes:
        node = nodes.pop()
        of = node.value if isinstance(node, ast.Subscript) else None
        if isinstance(of, ast.Name) and of.id in (
            "Float",
            "Int",
            "Bool",
            "Shaped",
            "Callable",
            "dict",
        ):
            continue
        if isinstance(node, ast.Name) and node.id == "Tensor":
            yield node
        nodes += ast.iter_child_nodes(node)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_signatures_have_shapes(path: Path) -> None:
    for function in public_functions(ast.parse(path.read_text(encoding="utf-8"))):
        given = [*function.args.args, *function.args.kwonlyargs]
        for annotation in [*(one.annotation for one in given), function.returns]:
            assert not list(bare_tensors(annotation)), f"{path.name}: {function.name}"


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        total_variation(torch.zeros(2, 4, 8, 8))  # four channels
    with pytest.raises(TypeCheckError):
        nearest_codes(torch.zeros(6, 3), torch.zeros(5, 4))  # of different depths
    with pytest.raises(TypeCheckError):
        cells_of(torch.zeros(1, 4, 2, 2, dtype=torch.long))  # whole numbers, as codes are
    with pytest.raises(TypeCheckError):
        Target(torch.zeros(2, 16), torch.zeros(3))  # a weight too many


def test_a_wrong_type_is_refused_too() -> None:
    with pytest.raises(TypeCheckError):
        guided(torch.zeros(2, 5), "1")  # type: ignore[arg-type]


def test_the_product_runs_without_a_checker() -> None:
    code = (
        "import sys, torch, multimodal.lab, multimodal.models.vqgan as vqgan;"
        "assert not [m for m in ('beartype', 'typeguard') if m in sys.modules];"
        "assert not hasattr(vqgan.nearest_codes, '__wrapped__')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
