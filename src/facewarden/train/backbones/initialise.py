"""The two ways of drawing first weights that the papers use."""

from torch import nn


def he_normal(net: nn.Module) -> None:
    """Draw every weight from a normal distribution of variance 2 / fan_out; biases are zero.

    He et al., Delving Deep into Rectifiers, 2015 (section 2.2, backward case); ArcFace's code
    calls the same Xavier(gaussian, out, 2). Convolutions of one channel each count their own
    outputs only, as the fan of a depthwise filter.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.weight[0, 0].numel() * module.out_channels // module.groups
            nn.init.normal_(module.weight, std=(2 / fan_out) ** 0.5)
            _clear(module)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=(2 / module.out_features) ** 0.5)
            _clear(module)


def glorot_uniform(net: nn.Module) -> None:
    """Draw every weight uniformly with variance 2 / (fan_in + fan_out); biases are zero.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward networks, 2010
    (equation 16).
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            _clear(module)


def _clear(module: nn.Conv2d | nn.Linear) -> None:
    if module.bias is not None:
        nn.init.zeros_(module.bias)
