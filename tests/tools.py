"""Programs of others that some tests need."""

import os
import shutil

import pytest


def needs(tool: str) -> pytest.MarkDecorator:
    """Skip tests where there is no such program, unless all of them must run."""
    is_missing = not shutil.which(tool) and not os.environ.get("HEARTH_TEST_ALL")
    return pytest.mark.skipif(is_missing, reason=f"there is no {tool}")
