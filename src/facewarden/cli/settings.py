"""Settings as the command line sees them: a file, and options that win over it."""

from pathlib import Path

from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.errors import ConfigError

ENGINES = ("auto", "onnxruntime", "openvino")


def settings_from(config: Path | None, *, engine: str | None = None) -> Settings:
    """Read the settings and apply the options that most commands share.

    Raises:
        ConfigError: the file has mistakes, or the engine is unknown.
    """
    settings = load_settings(config)
    if engine is None:
        return settings
    if engine not in ENGINES:
        raise ConfigError("unknown engine", expected=", ".join(ENGINES), found=engine)
    models = settings.models.model_copy(update={"engine": engine})
    return settings.model_copy(update={"models": models})
