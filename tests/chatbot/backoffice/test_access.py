from __future__ import annotations

import pytest

from chatbot.backoffice.access import LASTS_S, Access, is_local


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_opens_from_anywhere_and_a_token_from_here() -> None:
    keyed = Access("secret key")
    assert keyed.token == ""
    assert keyed.ticket("secret key", local=False)
    assert keyed.ticket("", local=True) is None
    open_here = Access()
    assert open_here.ticket(open_here.token, local=False) is None
    assert open_here.ticket(open_here.token, local=True)
    assert open_here.ticket("", local=True) is None


def test_an_admin_key_opens_too() -> None:
    access = Access("k", admin=lambda text: text == "smk_admin")
    assert access.ticket("smk_admin", local=False)
    assert access.ticket("smk_other", local=False) is None


def test_tickets_end() -> None:
    clock = Clock()
    access = Access("k", clock=clock)
    first, second = access.ticket("k", local=False), access.ticket("k", local=False)
    assert first and second and first != second
    assert access.admits(first)
    access.leave(first)
    assert not access.admits(first)
    assert access.admits(second)
    clock.now += LASTS_S
    assert not access.admits(second)
    assert not access.admits("")


@pytest.mark.parametrize(
    ("address", "host", "forwarded", "local"),
    [("127.0.0.1", "127.0.0.1:7860", False, True), ("::1", "[::1]:7860", False, True),
     ("127.0.0.1", "localhost", False, True), ("127.0.0.1", "rebound.example:7860", False, False),
     ("127.0.0.1", "localhost", True, False), ("10.0.0.9", "localhost", False, False),
     ("nonsense", "localhost", False, False)],
)  # fmt: skip
def test_what_is_this_machine(address: str, host: str, forwarded: bool, local: bool) -> None:
    assert is_local(address, host, forwarded) is local
