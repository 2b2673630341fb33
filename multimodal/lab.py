"""The Lab: loads a preset, owns the device and its lock, and offers every job."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

import torch
from PIL import Image
from torch import Tensor

from multimodal.clip import accuracy, classification, occlusion, scoring
from multimodal.clip.accuracy import Accuracy
from multimodal.clip.classification import LabelScore
from multimodal.clip.occlusion import Heat
from multimodal.clip.scoring import Scores
from multimodal.codes import reconstruction
from multimodal.codes.reconstruction import Decoded, Reconstruction
from multimodal.comparison import run as comparison
from multimodal.comparison.generators import Given, begin
from multimodal.comparison.run import Comparing, Comparison
from multimodal.errors import Message
from multimodal.events import Progress, Result
from multimodal.live_training import run as live_training
from multimodal.locked_property import locked_cached_property
from multimodal.models.loaded import LoadedModels
from multimodal.models.placement import find_device
from multimodal.models.presets import Preset, find_preset
from multimodal.painting.starts import Start
from multimodal.prompts import check_text, clean_caption, split_labels
from multimodal.search import query, relevance
from multimodal.search.gallery import Gallery, Indexing
from multimodal.search.hits import Hit
from multimodal.search.library.progress import Update
from multimodal.search.library.reader import Library
from multimodal.search.library.writer import update
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.fields import Settings
from multimodal.settings.jobs import (
    ClassifySettings,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.settings.learning import LearnSettings
from multimodal.settings.limits import Limits

LIBRARY_PICTURES = 1_000_000  # found in one run over the sources of a library


class Lab:
    """All jobs on one set of models, safe to share between threads.

    `models` holds the nets, their device and the one lock that guards it; it is taken for a step
    or a batch, never while a generator waits for its reader.
    """

    def __init__(
        self,
        preset: Preset,
        device: torch.device,
        limits: Limits,
        precision: str = "fp32",
        token_precision: str = "fp32",
    ) -> None:
        self.models = LoadedModels(preset, device, precision, token_precision)
        self.limits = limits
        self._texts = query.TextCache()

    @property
    def preset(self) -> Preset:
        """What the models were loaded from."""
        return self.models.preset

    @property
    def lock(self) -> AbstractContextManager[object]:
        """The one that guards the models."""
        return self.models.lock

    @classmethod
    def load(
        cls,
        preset: str | Preset = "embedded",
        device: str = "auto",
        limits: Limits | None = None,
        precision: str = "fp32",
        token_precision: str = "fp32",
    ) -> Lab:
        """A lab on the named preset; `auto` picks CUDA where there is one.

        `precision` is what CLIP's image tower embeds with, one of PRECISIONS; "int8" is for
        vision transformers on a CPU. `token_precision` is what the token model draws with, one of
        TOKEN_PRECISIONS; all but "fp32" are for big models on a CPU, and may draw other tokens.
        Raises SettingError for an unknown or impossible choice.
        """
        chosen = find_preset(preset) if isinstance(preset, str) else preset
        limits = limits or Limits.local()
        return cls(chosen, find_device(device), limits, precision, token_precision)

    def score(
        self,
        images: Sequence[Image.Image],
        texts: Sequence[str],
        settings: ScoreSettings | None = None,
    ) -> Scores:
        """Compare every picture with every caption. Raises ImageError, PromptError."""
        settings = settings or ScoreSettings()
        self.limits.check(settings)
        captions = [clean_caption(text, self.limits.max_prompt_chars) for text in texts]
        with self.models.lock:
            return scoring.score(self.models.clip, images, captions, self.models.device, settings)

    def classify(
        self,
        images: Sequence[Image.Image],
        labels: Sequence[str] | str,
        settings: ClassifySettings | None = None,
    ) -> list[list[LabelScore]]:
        """Sort pictures under labels, likeliest first; a text is split at its commas and lines.

        Raises ImageError, PromptError, LimitError.
        """
        settings = settings or ClassifySettings()
        self.limits.check(settings)
        most = self.limits.max_prompt_chars
        if isinstance(labels, str):
            labels = split_labels(check_text(labels, most, Message("list of labels")))
        names = [clean_caption(label, most, Message("label")) for label in labels]
        with self.models.lock:
            return classification.classify(
                self.models.clip, images, names, settings, self.models.device
            )

    def accuracy(
        self,
        sources: Iterable[str | os.PathLike[str]],
        settings: ClassifySettings | None = None,
        stop: Event | None = None,
    ) -> Iterator[Accuracy]:
        """How often class-named folders of pictures are classified rightly, batch by batch; see
        `accuracy.measure`. Raises ImageError, PromptError."""
        return accuracy.measure(
            self.models.clip,
            sources,
            settings or ClassifySettings(),
            self.limits,
            device=self.models.device,
            lock=self.models.lock,
            stop=stop,
        )

    def where(self, image: Image.Image, text: str, stop: Event | None = None) -> Heat:
        """Which regions of a picture carry its match with a caption. Raises PromptError."""
        caption = clean_caption(text, self.limits.max_prompt_chars)
        return occlusion.heatmap(
            self.models.clip,
            image,
            caption,
            device=self.models.device,
            lock=self.models.lock,
            stop=stop,
        )

    def new_gallery(self) -> Gallery:
        """An empty gallery for this lab's CLIP."""
        return Gallery(self.models.clip_id, self.limits)

    def add_to_gallery(
        self,
        gallery: Gallery,
        sources: Iterable[str | os.PathLike[str]],
        stop: Event | None = None,
        keep_thumbnails: bool = True,
    ) -> Iterator[Indexing]:
        """Index files, folders and zips into a gallery; see `Gallery.add`."""
        return gallery.add(
            sources,
            self.models.clip,
            device=self.models.device,
            lock=self.models.lock,
            stop=stop,
            keep_thumbnails=keep_thumbnails,
        )

    def index(self, sources: Iterable[str | os.PathLike[str]]) -> Gallery:
        """A new gallery of these sources, indexed to the end."""
        gallery = self.new_gallery()
        for _ in self.add_to_gallery(gallery, sources):
            pass
        return gallery

    def open_library(self, folder: Path, exact: bool = False) -> Library:
        """A library on disk, for searching. Raises GalleryError when another CLIP made it."""
        return Library(folder, self.models.clip_id, exact)

    def index_library(
        self,
        folder: Path,
        sources: Iterable[str | os.PathLike[str]],
        stop: Event | None = None,
    ) -> Iterator[Update]:
        """Bring a library up to date with files, folders and zips; see `library.writer.update`.

        How many pictures a gallery may hold does not bound it: it lies on disk, not in memory.
        """
        limits = replace(self.limits, max_pictures=LIBRARY_PICTURES)
        return update(
            folder,
            sources,
            self.models.clip,
            self.models.clip_id,
            device=self.models.device,
            lock=self.models.lock,
            limits=limits,
            stop=stop,
        )

    def search(
        self,
        gallery: Gallery | Library,
        query: str | Image.Image = "",
        settings: SearchSettings | None = None,
        images: Sequence[Image.Image | Tensor] = (),
    ) -> list[Hit]:
        """The pictures of a gallery that fit words, pictures or a sum of both, nearest first.

        `query` is words or arithmetic (see `queries`), or one picture; `images` are the pictures
        that `#1`, `#2` mean. Hits that do not fit are left out, see `Gallery.search`.
        Raises GalleryError for an empty gallery, PromptError for a query that cannot be read.
        """
        pictures = list(images)
        if isinstance(query, Image.Image):
            pictures.insert(0, query)
            query = ""
        features = self.encode_query(query, pictures)
        background = None if pictures else self.background_features
        return gallery.search(features, settings or SearchSettings(), background)

    def encode_query(self, text: str, images: Sequence[Image.Image | Tensor] = ()) -> Tensor:
        """A query as one unit-norm vector (d,) on the CPU.

        An image may stand as its unit-norm features (d,), such as those of an indexed picture.
        Raises PromptError, see `query.parse_query` and `query.combine`.
        """
        check_text(text, self.limits.max_prompt_chars, query.QUERY)
        terms = query.parse_query(text, len(images))
        texts = [term.text for term in terms if term.picture is None]
        with self.models.lock:
            words = self._texts.encode(self.models.clip, texts) if texts else torch.empty(0, 0)
            pictures = [
                image
                if isinstance(image, Tensor)
                else scoring.encode_images(self.models.clip, [image], self.models.device)[0].cpu()
                for image in images
            ]
        return query.combine(terms, words, pictures)

    @locked_cached_property
    def background_features(self) -> Tensor:
        """What queries of words are held against, (m, d); see `relevance`."""
        return scoring.encode_texts(self.models.clip, relevance.BACKGROUND_CAPTIONS).cpu()

    def generate(
        self,
        prompt: str,
        settings: Settings,
        *,
        start: Start | None = None,
        images: Sequence[Image.Image] = (),
        stop: Event | None = None,
    ) -> Iterator[Progress | Result]:
        """Make pictures of a prompt; the settings' class chooses the method.

        Everything is checked before the iterator is returned; closing it ends the run. Yields
        Progress, then one Result. `start` is the first picture of VQGAN+CLIP, or the z of an
        earlier Result of it, or the picture that DALL-E tokens complete or vary. For VQGAN+CLIP
        alone, `images` are the pictures that `#1`, `#2` in the prompt mean.
        """
        text = check_text(prompt, self.limits.max_prompt_chars)
        return begin(self.models, text, settings, Given(start, tuple(images), stop, self.limits))

    def compare(
        self,
        prompt: str,
        settings: CompareSettings | None = None,
        *,
        gallery: Gallery | Library | None = None,
        stop: Event | None = None,
    ) -> Iterator[Comparing | Comparison]:
        """Make a picture of a prompt with every generator in turn, and find the best one of a
        gallery, if one is given; see `comparison.compare`.

        Everything is checked before the iterator is returned; closing it ends the run. Yields
        Comparing, then one Comparison. Raises PromptError, LimitError, CheckpointError.
        """
        settings = settings or CompareSettings()
        self.limits.check(settings)
        check_text(prompt, self.limits.max_prompt_chars)
        find = None if gallery is None else partial(self._best_in, gallery)
        given = Given(stop=stop, limits=self.limits)
        return comparison.compare(self.models, prompt, settings, given, find)

    def learn(self, settings: LearnSettings, stop: Event | None = None) -> live_training.Events:
        """Train a toy CLIP, without the lock; see `live_training.learn`."""
        return live_training.learn(settings, self.limits, stop)

    def _best_in(self, gallery: Gallery | Library, text_features: Tensor) -> Hit:
        """What fits a caption's unit-norm features (d,) best. Raises GalleryError."""
        nearest = SearchSettings(top_k=1)
        return gallery.search(text_features, nearest, self.background_features)[0]

    def reconstruct(
        self, image: Image.Image, settings: ReconstructSettings | None = None
    ) -> Reconstruction:
        """A picture through the VQGAN and back. Raises SettingError."""
        with self.models.lock:
            return reconstruction.reconstruct(
                self.models.vqgan, self.models.discriminator, image, self.models.device, settings
            )

    def decode_codes(self, codes: Tensor) -> Decoded:
        """Codes (h, w) as a picture."""
        with self.models.lock:
            return reconstruction.decode_codes(
                self.models.vqgan, self.models.discriminator, codes, self.models.device
            )

    def code_patches(self, ids: Tensor) -> Tensor:
        """What each code shows on its own, pixels (n, 3, p, p); see `patches_of`."""
        with self.models.lock:
            return reconstruction.patches_of(self.models.vqgan, ids, self.models.device)
