"""The assistant as other programs expect it: tools, a Model Context Protocol server, LangChain."""
