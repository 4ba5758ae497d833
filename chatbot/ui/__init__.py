"""The web chat: Gradio on top of `Assistant`. Decides nothing."""
