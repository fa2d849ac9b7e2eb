"""The status feed as text: Markdown that only grows, Atom, JSON Feed, and one page."""
