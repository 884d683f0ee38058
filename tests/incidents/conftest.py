from unit.pipeline.conftest import examiner, people

__all__ = ["examiner", "people"]
