import not_there  # type: ignore[import-not-found]  # noqa: F401
