"""3 x 3 convolutions with a quarter of the products, on a CPU: Winograd's F(4 x 4, 3 x 3).

A tile of 4 x 4 outputs hangs on 6 x 6 inputs. Seen as polynomials with values at the points 0, 1,
-1, 2, -2 and infinity, a convolution is a product at each of the 36 pairs of points, where it
takes 144 otherwise. Each of the 36 is a matrix product over the channels, which oneDNN computes;
getting to the points and back takes sums of whole planes. Some rows of tiles pass through
together, so that what lies between stays in the processor's cache.

Source: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from multimodal.models.fast.linear import packed

TILE, POINTS = 4, 6
#: A kernel's three taps -> its values at the points (scaled), the paper's G.
TAPS_TO_POINTS = torch.tensor(
    [
        [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
    ],
    dtype=torch.float64,
)  # fmt: skip
#: With fewer tiles, reading the weights takes longer than multiplying.
LEAST_TILES = 64
#: About how many values of one pair of points pass through together.
CHUNK_VALUES = 2**17

#: Rows `first` up to `last` of a picture.
Rows = Callable[[int, int], Float[Tensor, "rows width channels"]]


def suits(height: int, width: int) -> bool:
    """Whether a picture of that size is made of tiles, and of enough of them."""
    whole = height % TILE == 0 and width % TILE == 0
    return whole and height * width >= LEAST_TILES * TILE**2


class Winograd:
    """A frozen convolution of stride 1 with zeros around the picture."""

    def __init__(
        self, weight: Float[Tensor, "c_out c_in 3 3"], bias: Float[Tensor, " c_out"] | None
    ) -> None:
        change = TAPS_TO_POINTS
        values = torch.einsum("ia,ocab,jb->ijoc", change, weight.detach().double(), change).float()
        # All outputs of a tile take what stands at the point 1, so the bias is added there.
        self._products = [
            [packed(values[i, j], bias if i == j == 1 else None) for j in range(POINTS)]
            for i in range(POINTS)
        ]
        self._widest, self._depth = max(weight.shape[:2]), weight.shape[1]

    def __call__(
        self, rows: Rows, height: int, width: int
    ) -> Iterator[tuple[int, int, Float[Tensor, "rows width c_out"]]]:
        """Convolve a picture; `suits(height, width)` must hold.

        Yields first, last and these rows of the result, from the top to the bottom.
        """
        across = width // TILE
        step = max(1, CHUNK_VALUES // (across * self._widest))
        for top in range(0, height // TILE, step):
            down = min(step, height // TILE - top)
            first, last = TILE * top, TILE * (top + down)
            planes = _split(rows, first, last, height, width)
            products = []  # by points across, then down: (tiles, c_out)
            for j, plane in enumerate(_to_points(planes)):  # (rows + 2, across, c_in)
                at = _to_points([plane[k : k + last - first - 3 : TILE] for k in range(POINTS)])
                flat = [values.view(down * across, self._depth) for values in at]
                products.append([self._products[i][j](flat[i]) for i in range(POINTS)])
            columns = [_from_points(column) for column in products]
            part = products[0][0].new_empty(down, TILE, across, TILE, products[0][0].shape[1])
            for row in range(TILE):
                to = [part[:, row, :, k] for k in range(TILE)]
                at = [column[row].view(down, across, -1) for column in columns]
                _from_points(at, to)
            yield first, last, part.view(last - first, width, -1)


def flipped(weight: Float[Tensor, "c_out c_in 3 3"]) -> Float[Tensor, "c_in c_out 3 3"]:
    """The convolution that takes the gradient of the outputs to that of the inputs."""
    return weight.detach().transpose(0, 1).flip(2, 3)


def _split(rows: Rows, first: int, last: int, height: int, width: int) -> list[Tensor]:
    """Rows from one above `first` to one below `last`, zeros outside of the picture, as six
    planes of every fourth column, the first one left of the picture: (rows + 2, across, c_in)."""
    above, below = max(first - 1, 0), min(last + 1, height)
    part = rows(above, below)
    depth, across = part.shape[-1], width // TILE
    planes = part.new_empty(TILE, last - first + 2, across + 1, depth)
    if first == 0:
        planes[:, 0] = 0
    if last == height:
        planes[:, -1] = 0
    planes[0, :, 0] = 0
    planes[1, :, across] = 0
    source = part.reshape(below - above, across, TILE, depth)
    inside = planes[:, above - first + 1 : below - first + 1]
    inside[1:, :, :across].copy_(source[:, :, : TILE - 1].permute(2, 0, 1, 3))
    inside[0, :, 1:].copy_(source[:, :, TILE - 1])
    left = [planes[k, :, :across] for k in range(TILE)]
    return [*left, planes[0, :, 1:], planes[1, :, 1:]]


def _to_points(inputs: Sequence[Tensor]) -> list[Tensor]:
    """Six inputs -> their values at the points, the paper's B^T."""
    x0, x1, x2, x3, x4, x5 = inputs
    even, odd = torch.sub(x4, x2, alpha=4), torch.sub(x3, x1, alpha=4)
    even_2, odd_2 = x4 - x2, x3 - x1
    return [
        torch.sub(x4, x2, alpha=5).add_(x0, alpha=4),
        even + odd,
        even.sub_(odd),
        torch.add(even_2, odd_2, alpha=2),
        even_2.sub_(odd_2, alpha=2),
        torch.sub(x5, x3, alpha=5).add_(x1, alpha=4),
    ]


def _from_points(values: Sequence[Tensor], to: Sequence[Tensor] | None = None) -> list[Tensor]:
    """Six values -> four outputs, the paper's A^T; written into `to` where it is given."""
    v0, v1, v2, v3, v4, v5 = values
    y0, y1, y2, y3 = to or (None,) * TILE
    even, odd, even_2, odd_2 = v1 + v2, v1 - v2, v3 + v4, v3 - v4
    return [
        torch.add((v0 + even_2), even, out=y0),
        torch.add(odd, odd_2, alpha=2, out=y1),
        torch.add(even, even_2, alpha=4, out=y2),
        torch.add(torch.add(v5, odd), odd_2, alpha=8, out=y3),
    ]
