"""`serve`: the web chat and the API on one port."""

from __future__ import annotations

import importlib
import socket
import threading
from pathlib import Path

import typer

from chatbot.assistant import Assistant
from chatbot.commands.console import note, progress, settings_of, settled
from chatbot.errors import InputError, SommelierError


def run(
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    catalogue: str | None,
    llm: str | None,
) -> None:
    """Serve until interrupted. The first line on stdout is the address."""
    settings = settings_of(data_dir, catalogue, llm, host=host, port=port)
    listener = _listener(settings.host, settings.port)
    # The page's framework takes longer to import than the engine to open: do both at once.
    page = threading.Thread(target=importlib.import_module, args=("chatbot.ui.app",), daemon=True)
    page.start()
    with progress() as report:
        assistant = Assistant.open(settings=settings, progress=report)
    with listener, assistant:
        page.join()
        import uvicorn

        from chatbot.api.app import create_app
        from chatbot.api.server import config

        app = create_app(assistant)
        sites = [site.catalogue for site in app.state.services.sites.list()]
        ready = threading.Thread(target=_ready, args=(assistant, sites), name="warm-up")
        ready.daemon = True
        ready.start()
        # Whoever reads the address may connect at once: until the server accepts, they queue.
        listener.listen(256)
        address = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
        typer.echo(address)
        note(f"Sommelier serves {settings.catalogue} from {settings.data_dir}. Stop with Ctrl+C.")
        # What follows # stays in the browser: the token is in no log and no history of addresses.
        token = app.state.operator.token
        note(f"Operator's page: {address}/operator{f'#{token}' if token else ''}")
        uvicorn.Server(config(app)).run(sockets=[listener])


def _ready(assistant: Assistant, catalogues: list[str]) -> None:
    """Load what the first questions need, of the sites too."""
    assistant.warm()
    for name in dict.fromkeys(catalogues):
        try:
            assistant.engine(name)
        except SommelierError as error:
            note(f"The catalogue {name} of a site is not ready: {error}")
    settled()


def _listener(host: str, port: int) -> socket.socket:
    """A bound socket, so that a taken port is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror or error}.",
            hint="Another program may use the port: choose one with --port, or --port 0.",
        ) from None
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host
