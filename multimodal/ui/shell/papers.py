"""The papers behind each tab, as README lists them."""

from __future__ import annotations

from typing import NamedTuple

from multimodal.ui.shell.language import both


class Paper(NamedTuple):
    """What is cited, and where it can be read."""

    cited: str
    url: str


CLIP = Paper("Radford et al. 2021", "https://arxiv.org/abs/2103.00020")
VQGAN = Paper("Esser et al. 2021", "https://arxiv.org/abs/2012.09841")
VQGAN_CLIP = Paper("Crowson et al. 2022", "https://arxiv.org/abs/2204.08583")
DALLE = Paper("Ramesh et al. 2021", "https://arxiv.org/abs/2102.12092")

OF_TAB: dict[str, tuple[Paper, ...]] = {
    "clip": (CLIP,),
    "learn": (CLIP,),
    "gallery": (CLIP,),
    "inside": (VQGAN,),
    "paint": (VQGAN_CLIP,),
    "dalle": (DALLE,),
    "compare": (VQGAN_CLIP, DALLE),
}


def links(tab: str) -> str:
    """A line that names them."""
    found = " · ".join(
        f'<a href="{paper.url}" target="_blank" rel="noopener"><bdi>{paper.cited}</bdi></a>'
        for paper in OF_TAB[tab]
    )
    return f'<p class="papers">{both("common.paper")} {found}</p>'
