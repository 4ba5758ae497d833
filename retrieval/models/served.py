"""A learned model as the `CollaborativeModel` of a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue, Rows
from retrieval.collaborative import Because, CollaborativeModel
from retrieval.models.contract import Learned
from retrieval.stores import Scores


class Served:
    """Scores by a model, reasons by what was counted.

    Args:
        catalogue: gives ids to rows; ids that it does not have are left out.
        ids: item ids, one a column of the model.
        model: what scores.
        reasons: what gives reasons; factors and networks cannot say which people stand behind them.
        counts: (ids,) how many liked each, if that was kept.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ids: Sequence[str],
        model: Learned,
        reasons: CollaborativeModel | None = None,
        counts: NDArray[Any] | None = None,
    ) -> None:
        self.model = model
        self._reasons = reasons
        self._column = np.full(len(catalogue), -1, dtype=np.int32)
        for column, item_id in enumerate(ids):
            row = catalogue.row_of.get(item_id)
            if row is not None:
                self._column[row] = column
        self._here = self._column >= 0
        self._counts = np.full(len(ids), np.inf) if counts is None else counts

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `CollaborativeModel.scores`."""
        columns = self._column[history]
        kept = columns >= 0
        found = self.model.scores(columns[kept], weights[kept])
        out = np.full(self._column.size, np.nan, dtype=np.float32)
        out[self._here] = found[self._column[self._here]]
        return out

    def because(self, row: int, history: Rows) -> Because | None:
        """See `CollaborativeModel.because`."""
        return None if self._reasons is None else self._reasons.because(row, history)

    def support(self) -> Scores:
        """See `CollaborativeModel.support`."""
        out = np.zeros(self._column.size, dtype=np.float32)
        out[self._here] = self._counts[self._column[self._here]]
        return out
