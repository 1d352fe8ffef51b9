"""Results for people: tables as text, Markdown and CSV. Pure: a result in, text out; prints and saves nothing."""
