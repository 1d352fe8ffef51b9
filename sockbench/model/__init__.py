"""The nouns: frozen values that the other floors hand to each other. Nothing here decides or waits."""
