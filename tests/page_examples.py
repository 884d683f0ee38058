"""The examples of docs/extend/ as modules."""

import importlib.util
from pathlib import Path
from types import ModuleType

EXTEND = Path(__file__).parents[1] / "docs" / "extend"


def example(name: str) -> ModuleType:
    """Run docs/extend/examples/NAME.py and return it."""
    spec = importlib.util.spec_from_file_location(name, EXTEND / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
