"""How many threads numpy's linear algebra may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


def calm() -> None:
    """One thread for numpy's linear algebra in this process, until somebody says otherwise.

    A turn multiplies small matrices; sharing those between threads gains little on an idle machine
    and costs ten times the work on a busy one (a query's embedding took 156 ms instead of 21 ms
    while the other cores were busy). Several turns at once still use several cores.
    """
    from threadpoolctl import ThreadpoolController

    ThreadpoolController().select(user_api="blas").limit(limits=1)


@contextmanager
def alone() -> Iterator[None]:
    """One thread for torch and numpy meanwhile: what is learned here are small products, and
    several threads wait for one another on a busy machine many times as long as they gain.
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
