"""The clip networks by the names that recipes use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from facewarden.errors import ConfigError
from facewarden.train.parameters import checked
from facewarden.train.presentation.networks.alexnet_2plus1d import AlexNet2Plus1d
from facewarden.train.presentation.networks.clip_network import ClipNetwork
from facewarden.train.presentation.networks.flownet_s import FlowNetS
from facewarden.train.presentation.networks.joined import Joined
from facewarden.train.presentation.networks.measured import Measured
from facewarden.train.presentation.networks.mobile import Mobile
from facewarden.train.presentation.networks.r2plus1d import R2Plus1d
from facewarden.train.presentation.networks.surface import Surface

NETWORKS: Mapping[str, type[ClipNetwork]] = MappingProxyType(
    {
        "alexnet-2plus1d": AlexNet2Plus1d,
        "flownet-s": FlowNetS,
        "alexnet-2plus1d+flownet-s": Joined,
        "r2plus1d-18": R2Plus1d,
        "mobile": Mobile,
        "measured": Measured,
        "surface": Surface,
    }
)


def build(name: str, parameters: Mapping[str, object], **sizes: int) -> ClipNetwork:
    """Return a network with first weights from torch's generator.

    Args:
        name: one of NETWORKS.
        parameters: further ones of the class's constructor, such as width.
        sizes: looks, input_size and embedding_size.

    Raises:
        ConfigError: an unknown name or key, or a value out of bounds.
    """
    if name not in NETWORKS:
        raise ConfigError("no such network", expected=", ".join(NETWORKS), found=name)
    made: Any = NETWORKS[name]
    built: ClipNetwork = made(**sizes, **checked(name, made, parameters, given=tuple(sizes)))
    return built
