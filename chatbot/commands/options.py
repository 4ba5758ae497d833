"""Options that several commands have, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Catalogue = Annotated[
    str | None, typer.Option("--catalogue", help="Which catalogue. [default: films]")
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same figures.", min=0)]
Output = Annotated[Path | None, typer.Option("--output", help="Write the figures here as JSON.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
]
