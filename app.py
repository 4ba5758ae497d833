"""Entry point: `python app.py [command]`. The console script `sommelier` is the same."""

from chatbot.cli import main

if __name__ == "__main__":
    main()
