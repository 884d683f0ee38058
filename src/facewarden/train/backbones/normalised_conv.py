"""A convolution, its batch normalisation, its activation."""

from torch import nn

Pair = int | tuple[int, int]


class NormalisedConv(nn.Sequential):
    """Convolution without bias, batch normalisation, and an activation if there is one.

    Args:
        activation: a new module; nn.Identity() for a linear layer.
        padding: None pads half a kernel, which keeps the side at stride 1.
        groups: as many as `inputs` make it depthwise.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Pair,
        activation: nn.Module,
        *,
        stride: int = 1,
        padding: Pair | None = None,
        groups: int = 1,
        eps: float = 1e-5,
        momentum: float = 0.1,
    ) -> None:
        if padding is None:
            rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
            padding = (rows // 2, columns // 2)
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(outputs, eps, momentum),
            activation,
        )
