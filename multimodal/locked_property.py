"""What is made at first use and kept, under the one lock that its owner has anyway."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar, overload

T = TypeVar("T")


class Locked(Protocol):
    """Has a lock that may be taken again by who holds it."""

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """The lock."""


class locked_cached_property(Generic[T]):
    """A property that is computed at first use, under `self.lock`.

    Not functools.cached_property: up to Python 3.11 that holds a lock of its own meanwhile, and two
    locks that are taken in both orders hang.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute, self._name = compute, compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> locked_cached_property[T]: ...

    @overload
    def __get__(self, owner: Locked, kind: type) -> T: ...

    def __get__(self, owner: Locked | None, kind: type) -> locked_cached_property[T] | T:
        if owner is None:
            return self
        with owner.lock:  # once it is kept, the instance's own attribute comes first
            if self._name not in vars(owner):
                vars(owner)[self._name] = self._compute(owner)
            found: T = vars(owner)[self._name]
            return found
