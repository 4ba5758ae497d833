"""How many threads numpy's linear algebra may use."""

from __future__ import annotations


def calm() -> None:
    """One thread for numpy's linear algebra in this process, until somebody says otherwise.

    A turn multiplies small matrices; sharing those between threads gains little on an idle machine
    and costs ten times the work on a busy one (a query's embedding took 156 ms instead of 21 ms
    while the other cores were busy). Several turns at once still use several cores.
    """
    from threadpoolctl import ThreadpoolController

    ThreadpoolController().select(user_api="blas").limit(limits=1)
