"""The studio's page: an editor over `chatbot.studio`. Shows and asks; decides nothing."""
