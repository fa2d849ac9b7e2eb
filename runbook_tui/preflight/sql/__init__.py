"""SQL migrations: where they hide, what they do, what they lock, and how they are taken back."""
