"""Finds weights on this machine or the hub, and checks them whole before anything is loaded."""

from __future__ import annotations

import json
import struct
import threading
from pathlib import Path
from typing import Any

from chatbot.models.errors import ModelLoadError
from chatbot.models.handle import Progress

_WANTED = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")


def find(name: str, progress: Progress, stopped: threading.Event) -> Path:
    """The folder of a model: a folder, or a hub name found in the cache or downloaded.

    Raises:
        ModelLoadError: neither; with what to do.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelLoadError(
            f"there is no folder {name}.", hint="Check the path after local: in --llm."
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        cached = Path(snapshot_download(name, allow_patterns=list(_WANTED), local_files_only=True))
        if any(cached.glob("*.safetensors")):
            return cached
    except HFValidationError as error:
        raise ModelLoadError(
            f"{name!r} is neither a folder nor a name on the hub.",
            hint="Check what follows local: in --llm.",
        ) from error
    except LocalEntryNotFoundError:
        pass
    try:
        return Path(
            snapshot_download(
                name,
                allow_patterns=list(_WANTED),
                tqdm_class=_bar(progress, stopped),
            )
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelLoadError(
            f"{name} is not on this machine and could not be downloaded.",
            hint="Check the name and the connection, or give a folder: --llm local:/PATH.",
        ) from error


def _bar(progress: Progress, stopped: threading.Event) -> Any:
    """A progress bar class for the hub that draws nothing, tells `progress`, and can be stopped."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # no watching thread for a bar that nobody sees

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            self._bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> bool | None:
            halt(stopped)
            shown: bool | None = super().update(n)
            if self._bytes and self.total:
                progress("downloading", min(1.0, self.n / self.total))
            return shown

    return Bar


class _Nowhere:
    """A file that nothing reaches."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False


def check_weights(folder: Path) -> int:
    """Bytes of all weights, after each file was found whole.

    Raises:
        ModelLoadError: no weights, a part is missing, or a file is cut short.
    """
    names = {path.name for path in folder.glob("*.safetensors")}
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            listed = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, AttributeError) as error:
            raise ModelLoadError(
                f"{index} cannot be read.", hint="Delete it and download the model again."
            ) from error
        if missing := sorted(listed - names):
            raise ModelLoadError(
                f"{folder} lacks {missing[0]} ({len(missing)} of {len(listed)} parts).",
                hint="Download the model again.",
            )
        names = listed
    if not names:
        raise ModelLoadError(
            f"{folder} holds no weights (*.safetensors).",
            hint="Choose a model that is published as safetensors.",
        )
    return sum(_whole(folder / name) for name in names)


def _whole(path: Path) -> int:
    """Size of a safetensors file whose header accounts for every byte."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > size:
                raise ValueError("header beyond the end")
            header = json.loads(file.read(length))
        end = max(
            (entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"),
            default=0,
        )
        if 8 + length + end != size:
            raise ValueError("size differs from the header")
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelLoadError(
            f"{path} is damaged or cut short.", hint="Delete it and download the model again."
        ) from error
    return size


def halt(stopped: threading.Event) -> None:
    """Raise ModelLoadError once loading has been stopped."""
    if stopped.is_set():
        raise ModelLoadError("loading was stopped.")
