"""Held-out pictures and the names among which they are to be known. None is trained on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from training.data.captions import photo_of, with_article
from training.data.concepts import Concept
from training.data.lexicon import Lexicon
from training.data.packs import Packs

CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR_AR = ("طائرة", "سيارة", "طائر", "قطة", "غزال", "كلب", "ضفدع", "حصان", "سفينة", "شاحنة")
#: PACS's styles: English and Arabic names, and the same with a thing.
STYLES = {
    "photo": ("a photo", "صورة فوتوغرافية", "a photo of {}", "صورة فوتوغرافية {}"),
    "art_painting": ("a painting", "لوحة", "a painting of {}", "لوحة زيتية {}"),
    "cartoon": ("a cartoon", "رسم كرتوني", "a cartoon of {}", "رسم كرتوني {}"),
    "sketch": ("a sketch", "رسم بالقلم", "a sketch of {}", "رسم بالقلم الرصاص {}"),
}
CATS, DOGS = range(281, 286), range(151, 269)
#: Which labels show a CIFAR-10 thing; ImageNet's by number.
OF_CIFAR = {
    "airplane": ({404, 895}, {"airplane"}),
    "automobile": ({436, 511, 627, 656, 751, 817}, {"car"}),
    "bird": (
        {*range(7, 24), *range(80, 101), *range(127, 147)},
        {"pigeon", "ibis", "rooster", "flamingo", "emu", "house finch", "robin"},
    ),
    "cat": (set(CATS), {"cat"}),
    "deer": ({351, 352, 353}, set()),
    "dog": (set(DOGS), {"dog", "dalmatian", "English springer"}),
    "frog": ({30, 31, 32}, set()),
    "horse": ({339}, {"horse"}),
    "ship": ({510, 628, 724, 914, 554, 403}, {"ferry", "ketch", "schooner"}),
    "truck": ({555, 569, 717, 864, 867}, {"garbage truck"}),
}  # fmt: skip


@dataclass
class ClassSet:
    """Rows of pictures, and of each which of the names is right; `names` by language, "en" and
    "ar". `side`: shrunk to so many pixels first; `groups`: places in `rows` that are measured by
    themselves, too."""

    rows: list[int]
    truth: list[int]
    names: dict[str, list[str]]
    side: int = 0
    groups: dict[str, list[int]] = field(default_factory=dict)


def class_sets(packs: Packs, lexicon: Lexicon) -> dict[str, ClassSet]:
    """Every measure with a closed list of names, of the packs that there are."""
    numbers = _class_numbers(packs, lexicon)
    things = _cifar(packs, numbers)
    found = {"cifar10": things, "cat_dog": _cat_dog(packs, things)}
    arabic = lexicon.classes_ar
    names = {
        "en": [photo_of(row[0]) for row in lexicon.classes],
        "ar": [f"صورة {name}" for name in arabic],
    }
    for pack in ("nips17_ccby", "mini_imagenet100"):
        rows = [row for row in packs.rows(pack, True) if numbers[row] >= 0]
        found[f"imagenet_{pack}"] = ClassSet(rows, [numbers[row] for row in rows], names)
    for pack in ("intel_scenes", "weather", "imagenette"):
        found[pack] = _labelled(packs, lexicon, packs.rows(pack, True))
    rows = [*packs.rows("photos", True), *packs.rows("sixteen_classes", True)]
    classes = _labelled(packs, lexicon, rows)
    new = [i for i, row in enumerate(rows) if packs.pictures[row].pack == "sixteen_classes"]
    classes.groups = {"new": new, "old": [i for i in range(len(rows)) if i not in set(new)]}
    found["classes"] = classes
    found |= _pacs(packs, lexicon)
    return {key: part for key, part in found.items() if part.rows}


def _class_numbers(packs: Packs, lexicon: Lexicon) -> list[int]:
    """ImageNet's number of each picture, where its pack names one, or -1."""
    number_of = lexicon.class_of_name
    found = []
    for picture in packs.pictures:
        named = picture.pack in ("imagenette", "mini_imagenet100")
        other = number_of.get(picture.label, -1) if named else -1
        found.append(picture.imagenet if picture.imagenet >= 0 else other)
    return found


def _cifar(packs: Packs, numbers: list[int]) -> ClassSet:
    """Held-out photos that show one of CIFAR-10's things, at 32 px."""
    rows, truth = [], []
    for row, picture in enumerate(packs.pictures):
        if not picture.held or picture.style not in ("", "photo"):
            continue
        own = {picture.label} if picture.label else set()
        if not own and picture.pack.startswith("voc"):
            own = set(picture.labels)
        shown = [
            place
            for place, name in enumerate(CIFAR)
            if numbers[row] in OF_CIFAR[name][0] or (own and own <= OF_CIFAR[name][1])
        ]
        if len(shown) == 1:
            rows.append(row)
            truth += shown
    names = {"en": [photo_of(name) for name in CIFAR], "ar": [f"صورة {name}" for name in CIFAR_AR]}
    return ClassSet(rows, truth, names, side=32)


def _cat_dog(packs: Packs, things: ClassSet) -> ClassSet:
    """The cats and dogs among these, and those that captions of COCO name."""
    cat, dog = CIFAR.index("cat"), CIFAR.index("dog")
    pairs = [
        (row, int(thing == dog))
        for row, thing in zip(things.rows, things.truth, strict=True)
        if thing in (cat, dog)
    ]
    known = {row for row, _ in pairs}
    for row in [*packs.rows("coco", True), *packs.rows("coco_square", True)]:
        said = " ".join(packs.pictures[row].captions).lower()
        has_cat, has_dog = (bool(re.search(rf"\b{word}s?\b", said)) for word in ("cat", "dog"))
        if row not in known and has_cat != has_dog:
            pairs.append((row, int(has_dog)))
    truth = [place for _, place in pairs]
    groups = {
        name: [i for i, t in enumerate(truth) if t == place]
        for place, name in enumerate(("cat", "dog"))
    }
    names = {"en": ["a photo of a cat", "a photo of a dog"], "ar": ["صورة قطة", "صورة كلب"]}
    return ClassSet([row for row, _ in pairs], truth, names, groups=groups)


def _labelled(packs: Packs, lexicon: Lexicon, rows: list[int]) -> ClassSet:
    """Pictures among the labels of their packs, whichever side of the split has them."""
    own = {packs.pictures[row].pack for row in rows}
    names = sorted({picture.label for picture in packs.pictures if picture.pack in own})
    texts = {
        "en": [photo_of(name) for name in names],
        "ar": [f"صورة {lexicon.labels_ar.get(name, name)}" for name in names],
    }
    return ClassSet(rows, [names.index(packs.pictures[row].label) for row in rows], texts)


def _pacs(packs: Packs, lexicon: Lexicon) -> dict[str, ClassSet]:
    """Seven things in four styles: which thing, which style, and which of the 28."""
    rows = packs.rows("pacs", True)
    things = sorted({packs.pictures[row].label for row in rows})
    arabic = [lexicon.labels_ar.get(name, name) for name in things]
    thing = [things.index(packs.pictures[row].label) for row in rows]
    style = [list(STYLES).index(packs.pictures[row].style) for row in rows]
    of_things = {
        "en": [f"a picture of {with_article(name)}" for name in things],
        "ar": [f"صورة {name}" for name in arabic],
    }
    of_styles = {
        language: [row[place] for row in STYLES.values()]
        for place, language in enumerate(("en", "ar"))
    }
    of_both = {
        "en": [row[2].format(with_article(name)) for row in STYLES.values() for name in things],
        "ar": [row[3].format(name) for row in STYLES.values() for name in arabic],
    }
    both = [s * len(things) + t for s, t in zip(style, thing, strict=True)]
    groups = {name: [i for i, s in enumerate(style) if s == k] for k, name in enumerate(STYLES)}
    return {
        "pacs_thing": ClassSet(rows, thing, of_things, groups=groups),
        "pacs_style": ClassSet(rows, style, of_styles),
        "pacs_both": ClassSet(rows, both, of_both),
    }


def facts_of(packs: Packs, row: int) -> str:
    """All that is known of a picture, to judge searches by."""
    p = packs.pictures[row]
    return " | ".join([*p.captions, p.label, *p.labels, p.style])


def facts_of_concept(concept: Concept) -> str:
    """The same of an emoji."""
    return f"emoji | {concept.name} | {' | '.join(concept.keywords['en'])}"


def relevant(query: dict[str, Any], facts: Sequence[str]) -> Tensor:
    """Which pictures a query of world_queries.json is about, (n,) bool."""
    wanted = [re.compile(group, re.I) for group in query["all"]]
    banned = re.compile(query["none"], re.I) if query["none"] else None
    return torch.tensor(
        [
            all(group.search(text) for group in wanted) and not (banned and banned.search(text))
            for text in facts
        ]
    )
