1 / 0  # noqa: B018 - it cannot be imported
