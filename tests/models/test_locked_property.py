"""What is made at first use, under the owner's lock."""

from __future__ import annotations

from threading import Event, RLock, Thread

from multimodal.locked_property import locked_cached_property


class Owner:
    def __init__(self) -> None:
        self.lock, self.made = RLock(), 0
        self.begun, self.go_on = Event(), Event()

    @locked_cached_property
    def slow(self) -> object:
        """Something that takes a while."""
        self.made += 1
        self.begun.set()
        self.go_on.wait(10)
        return object()


def test_it_is_made_once_and_kept() -> None:
    owner = Owner()
    owner.go_on.set()
    assert owner.slow is owner.slow and owner.made == 1
    assert Owner.slow.__doc__ == "Something that takes a while."


def test_who_holds_the_lock_and_who_does_not_may_ask_at_the_same_time() -> None:
    """functools.cached_property hangs here up to Python 3.11."""
    owner = Owner()

    def ask_holding_the_lock() -> None:
        owner.begun.wait(10)
        with owner.lock:
            found.append(owner.slow)

    found: list[object] = []
    holder = Thread(target=ask_holding_the_lock, daemon=True)
    asker = Thread(target=lambda: found.append(owner.slow), daemon=True)
    holder.start()
    asker.start()
    owner.begun.wait(10)
    owner.go_on.set()
    for thread in (holder, asker):
        thread.join(10)
        assert not thread.is_alive()
    assert owner.made == 1 and found[0] is found[1]
