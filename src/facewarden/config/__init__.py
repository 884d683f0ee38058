"""Settings: one file per section, unknown keys refused, everything checked before anything runs."""

from facewarden.config.camera import CameraSettings, MotionSettings
from facewarden.config.decision import DecisionSettings
from facewarden.config.difference import Difference, difference
from facewarden.config.load import load_settings
from facewarden.config.models import ModelsSettings
from facewarden.config.schedule import WindowSettings, open_at
from facewarden.config.settings import Settings
from facewarden.config.sinks import (
    AppriseSettings,
    ConsoleSettings,
    EmailSettings,
    JsonlSettings,
    MqttSettings,
    SinkSettings,
    TlsSettings,
    WebhookSettings,
)
from facewarden.config.store import RetentionSettings, StoreSettings
from facewarden.config.watchlist import WatchlistSettings

__all__ = [
    "AppriseSettings",
    "CameraSettings",
    "ConsoleSettings",
    "DecisionSettings",
    "Difference",
    "EmailSettings",
    "JsonlSettings",
    "ModelsSettings",
    "MotionSettings",
    "MqttSettings",
    "RetentionSettings",
    "Settings",
    "SinkSettings",
    "StoreSettings",
    "TlsSettings",
    "WatchlistSettings",
    "WebhookSettings",
    "WindowSettings",
    "difference",
    "load_settings",
    "open_at",
]
