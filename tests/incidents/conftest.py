from unit.pipeline.conftest import examiner, people, station

__all__ = ["examiner", "people", "station"]
