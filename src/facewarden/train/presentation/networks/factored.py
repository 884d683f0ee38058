"""A convolution over space and time, factored into one over space and one over time."""

from torch import Tensor, nn


def middle_channels(inputs: int, outputs: int, side: int, times: int) -> int:
    """Return M: with so many channels between, both parts together have the weights of the whole.

    floor(t d^2 N N' / (d^2 N + t N')), with N inputs, N' outputs, a kernel of t times d x d: Tran
    et al., A Closer Look at Spatiotemporal Convolutions, 2018 (arXiv 1711.11248), section 3.5.
    """
    space = side * side
    return times * space * inputs * outputs // (space * inputs + times * outputs)


class FactoredConv(nn.Sequential):
    """(1, k, k) to M channels, normalised and rectified, then (t, 1, 1).

    Between the parts stands a rectifier, which is what factoring wins beyond the same number of
    weights (section 3.5 of the paper). The result is neither normalised nor rectified.

    Args:
        side: k; padded by half unless `padding` says otherwise.
        times: t; padded by half.
        stride, stride_times: in space and in time.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        side: int = 3,
        times: int = 3,
        stride: int = 1,
        stride_times: int = 1,
        padding: int | None = None,
    ) -> None:
        middle = middle_channels(inputs, outputs, side, times)
        around = side // 2 if padding is None else padding
        super().__init__(
            nn.Conv3d(
                inputs,
                middle,
                (1, side, side),
                (1, stride, stride),
                (0, around, around),
                bias=False,
            ),
            nn.BatchNorm3d(middle),
            nn.ReLU(inplace=True),
            nn.Conv3d(
                middle, outputs, (times, 1, 1), (stride_times, 1, 1), (times // 2, 0, 0), bias=False
            ),
        )


class FactoredLayer(nn.Sequential):
    """A factored convolution, normalised and rectified; the arguments are `FactoredConv`'s."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        side: int = 3,
        stride: int = 1,
        padding: int | None = None,
    ) -> None:
        super().__init__(
            FactoredConv(inputs, outputs, side=side, stride=stride, padding=padding),
            nn.BatchNorm3d(outputs),
            nn.ReLU(inplace=True),
        )


def drawn(net: nn.Module) -> None:
    """Draw convolutions' first weights from a normal distribution of variance 2 / fan_out (He)."""
    for module in net.modules():
        if isinstance(module, nn.Conv3d | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def last_rows(maps: Tensor, looks: int) -> Tensor:
    """Return (n, C, T, h, w) of (n T, C, h, w), looks of one clip beside each other."""
    return maps.reshape(-1, looks, *maps.shape[1:]).transpose(1, 2)
