"""The Lab: loads a preset, owns the device and its lock, and offers every job."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
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
from multimodal.comparison.run import Comparing, Comparison
from multimodal.errors import PromptError
from multimodal.events import Progress, Result
from multimodal.live_training import run as live_training
from multimodal.locked_property import once
from multimodal.models.loaded import LoadedModels
from multimodal.models.placement import find_device
from multimodal.models.presets import Preset, find_preset
from multimodal.painting import run as vqgan_clip
from multimodal.painting import steering
from multimodal.painting.starts import Start
from multimodal.search import query, relevance
from multimodal.search.gallery import Gallery, Indexing
from multimodal.search.hits import Hit
from multimodal.search.library.progress import Update
from multimodal.search.library.reader import Library
from multimodal.search.library.writer import update
from multimodal.settings.comparing import CompareSettings
from multimodal.settings.jobs import (
    ClassifySettings,
    DalleSettings,
    ReconstructSettings,
    ScoreSettings,
    SearchSettings,
)
from multimodal.settings.learning import LearnSettings
from multimodal.settings.limits import Limits
from multimodal.settings.painting import VQGANCLIPSettings
from multimodal.tokens import run as dalle

LIBRARY_PICTURES = 1_000_000  # found in one run over the sources of a library


class Lab(LoadedModels):
    """All jobs on one set of models, safe to share between threads.

    One lock guards the device; it is taken for a step or a batch, never while a generator waits
    for its reader.
    """

    def __init__(
        self,
        preset: Preset,
        device: torch.device,
        limits: Limits,
        precision: str = "fp32",
        token_precision: str = "fp32",
    ) -> None:
        super().__init__(preset, device, precision, token_precision)
        self.limits = limits
        self._texts = query.TextCache()

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
        for text in texts:
            self._check_prompt(text)
        with self.lock:
            return scoring.score(self.clip, images, texts, self.device, settings)

    def classify(
        self,
        images: Sequence[Image.Image],
        labels: Sequence[str],
        settings: ClassifySettings | None = None,
    ) -> list[list[LabelScore]]:
        """Sort pictures under labels, likeliest first. Raises ImageError, PromptError."""
        settings = settings or ClassifySettings()
        with self.lock:
            return classification.classify(self.clip, images, labels, settings, self.device)

    def accuracy(
        self,
        sources: Iterable[str | os.PathLike[str]],
        settings: ClassifySettings | None = None,
        stop: Event | None = None,
    ) -> Iterator[Accuracy]:
        """How often class-named folders of pictures are classified rightly, batch by batch; see
        `accuracy.measure`. Raises ImageError, PromptError."""
        return accuracy.measure(
            self.clip,
            sources,
            settings or ClassifySettings(),
            self.limits,
            device=self.device,
            lock=self.lock,
            stop=stop,
        )

    def where(self, image: Image.Image, text: str, stop: Event | None = None) -> Heat:
        """Which regions of a picture carry its match with a caption. Raises PromptError."""
        self._check_prompt(text)
        return occlusion.where(
            self.clip, image, text, device=self.device, lock=self.lock, stop=stop
        )

    def new_gallery(self) -> Gallery:
        """An empty gallery for this lab's CLIP."""
        return Gallery(self.clip_id, self.limits)

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
            self.clip,
            device=self.device,
            lock=self.lock,
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
        return Library(folder, self.clip_id, exact)

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
            self.clip,
            self.clip_id,
            device=self.device,
            lock=self.lock,
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
        Raises PromptError, see `queries.parse_query` and `queries.combine`.
        """
        terms = query.parse_query(text, len(images), self.limits.max_prompt_chars)
        texts = [term.text for term in terms if term.picture is None]
        with self.lock:
            words = self._texts.encode(self.clip, texts) if texts else torch.empty(0, 0)
            pictures = [
                image
                if isinstance(image, Tensor)
                else scoring.encode_images(self.clip, [image], self.device)[0].cpu()
                for image in images
            ]
        return query.combine(terms, words, pictures)

    @once
    def background_features(self) -> Tensor:
        """What queries of words are held against, (m, d); see `relevance`."""
        return scoring.encode_texts(self.clip, relevance.BACKGROUND_CAPTIONS).cpu()

    def generate(
        self,
        prompt: str,
        settings: VQGANCLIPSettings | DalleSettings,
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
        self.limits.check(settings)
        self._check_prompt(prompt)
        if isinstance(settings, VQGANCLIPSettings):
            guides = steering.guides_of(self, settings.guides, self.limits.own_checkpoints)
            return vqgan_clip.paint(
                self.vqgan,
                self.clip,
                guides,
                prompt,
                settings,
                device=self.device,
                lock=self.lock,
                start=start,
                images=images,
                real_score=steering.real_score_of(guides),
                prior=steering.prior_of(self, settings),
                stop=stop,
            )
        if isinstance(start, Tensor):
            raise TypeError("DALL-E tokens start from a picture, not from the z of a painting.")
        return dalle.draw(
            self.token_transformer,
            self.token_vqgan,
            self.clip,
            prompt,
            settings,
            device=self.device,
            lock=self.lock,
            picture=start,
            stop=stop,
        )

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
        self._check_prompt(prompt)
        find = None if gallery is None else partial(self._best_in, gallery)
        return comparison.compare(self, self.generate, prompt, settings, find=find, stop=stop)

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
        with self.lock:
            return reconstruction.reconstruct(
                self.vqgan, self.discriminator, image, self.device, settings
            )

    def decode_codes(self, codes: Tensor) -> Decoded:
        """Codes (h, w) as a picture."""
        with self.lock:
            return reconstruction.decode_codes(self.vqgan, self.discriminator, codes, self.device)

    def code_patches(self, ids: Tensor) -> Tensor:
        """What each code shows on its own, pixels (n, 3, p, p); see `patches_of`."""
        with self.lock:
            return reconstruction.patches_of(self.vqgan, ids, self.device)

    def _check_prompt(self, text: str) -> None:
        limit = self.limits.max_prompt_chars
        if len(text) > limit:
            raise PromptError(
                "The text has {count} characters; at most {most} are allowed. Shorten it.",
                count=len(text),
                most=limit,
            )
