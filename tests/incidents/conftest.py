from unit.pipeline.conftest import examiner, people, station
from unit.server.conftest import url

__all__ = ["examiner", "people", "station", "url"]
