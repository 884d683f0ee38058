"""The backbones by the names that recipes use."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from facewarden.errors import ConfigError
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.inception import Inception
from facewarden.train.backbones.inception_resnet_v1 import InceptionResNetV1
from facewarden.train.backbones.ir_resnet import BLOCKS_18, BLOCKS_50, IRResNet
from facewarden.train.backbones.mobilefacenet import MobileFaceNet
from facewarden.train.backbones.mobilenet_v3 import MobileNetV3Small
from facewarden.train.backbones.sface import SFace
from facewarden.train.backbones.vgg16 import VGG16

BACKBONES: Mapping[str, Callable[..., Backbone]] = MappingProxyType(
    {
        "mobilefacenet": MobileFaceNet,
        "ir-resnet18": partial(IRResNet, blocks=BLOCKS_18),
        "ir-resnet50": partial(IRResNet, blocks=BLOCKS_50),
        "vgg16": VGG16,
        "mobilenetv3-small": MobileNetV3Small,
        "inception": Inception,
        "inception-resnet-v1": InceptionResNetV1,
        "sface": SFace,
    }
)


def build(name: str, *, embedding_size: int, input_size: int) -> Backbone:
    """Return a backbone with first weights, drawn from torch's default generator.

    Args:
        name: one of BACKBONES.
        embedding_size: length of an embedding.
        input_size: side of the aligned face, px.

    Raises:
        ConfigError: an unknown name, or a size that the backbone cannot have.
    """
    if name not in BACKBONES:
        raise ConfigError(
            "no such backbone", expected=", ".join(BACKBONES), found=name or "nothing"
        )
    return BACKBONES[name](embedding_size=embedding_size, input_size=input_size)
