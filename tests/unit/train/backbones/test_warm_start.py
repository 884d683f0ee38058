"""Warm starts from checkpoints and ONNX files: what fits, what does not, what is refused."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from torch import Tensor, nn

from facewarden.errors import DataError, ModelRefused
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.catalogue import build
from facewarden.train.backbones.settle import settle
from facewarden.train.backbones.stored_weights import Role, stored_in, stored_in_onnx
from facewarden.train.backbones.warm_start import warm_start

SIDES = {
    "mobilefacenet": 48,
    "ir-resnet18": 48,
    "vgg16": 64,
    "mobilenetv3-small": 64,
    "inception": 64,
    "inception-resnet-v1": 80,
    "sface": 48,
}


def made(name: str, *, seed: int, embedding_size: int = 32) -> Backbone:
    """Return a network whose every tensor is drawn, so that a wrong place shows."""
    torch.manual_seed(seed)
    net = build(name, embedding_size=embedding_size, input_size=SIDES[name])
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            assert layer.running_mean is not None
            assert layer.running_var is not None
            nn.init.uniform_(layer.weight, 0.8, 1.2)
            nn.init.normal_(layer.bias, std=0.1)
            layer.running_mean.normal_(std=0.1)
            layer.running_var.uniform_(0.8, 1.2)
        elif isinstance(layer, nn.PReLU):
            nn.init.uniform_(layer.weight, 0.1, 0.4)
    return net.eval()


def faces(net: Backbone, n: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(9)
    return torch.rand(n, 3, net.input_size, net.input_size, generator=generator) * 2 - 1


def same(one: Backbone, other: Backbone) -> float:
    with torch.no_grad():
        pair = one.eval()(faces(one)), other.eval()(faces(other))
    return float(nn.functional.cosine_similarity(*pair).min())


def exported(net: Backbone, path: Path) -> Path:
    with warnings.catch_warnings():  # the exporter's own, of versions to come
        warnings.simplefilter("ignore")
        torch.onnx.export(net, (faces(net),), path, dynamo=False)
    return path


@pytest.mark.parametrize("name", SIDES)
def test_an_onnx_file_of_the_same_network(name: str, tmp_path: Path) -> None:
    """The exporter folds batch normalisation into convolutions; the network has it back."""
    source, net = made(name, seed=1), made(name, seed=2)
    assert same(source, net) < 0.99
    path = exported(source, tmp_path / "net.onnx")
    fitting = warm_start(net, stored_in(path))
    assert fitting.complete
    assert not fitting.by_name
    assert fitting.unfolded
    assert same(source, net) > 0.99999


def test_what_was_folded_settles_without_a_change(tmp_path: Path) -> None:
    """Evaluation stays the same; a training step then normalises by what it normalised before."""
    source, net = made("mobilefacenet", seed=1), made("mobilefacenet", seed=2)
    seen = faces(net, 24)
    with torch.no_grad():  # so that its statistics are of these faces
        for layer in source.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = None
        source.train()(seen)
        source.eval()
        fitting = warm_start(net, stored_in(exported(source, tmp_path / "net.onnx")))
        trained = source.train()(seen)
        source.eval()
        before = net.train()(seen)
        warm_start(net, stored_in(tmp_path / "net.onnx"))
        assert same(source, net) > 0.99999
        settle(net, fitting.unfolded, [seen[:16], seen[16:]])
        assert net.training is False
        assert same(source, net) > 0.99999
        after = net.train()(seen)
        net.eval()
        settle(net, fitting.unfolded, [faces(net, 5) * 0.3])  # other faces: still the same
        assert same(source, net) > 0.99999
    cosine = nn.functional.cosine_similarity
    assert cosine(trained, after).min() > 0.999
    assert cosine(trained, before).min() < 0.99
    with pytest.raises(DataError, match="two faces or more, found 0"):
        settle(net, fitting.unfolded, [])


@pytest.mark.parametrize("name", ["mobilefacenet", "mobilenetv3-small", "inception"])
def test_a_checkpoint_with_another_head(name: str, tmp_path: Path) -> None:
    source, net = made(name, seed=1), made(name, seed=2, embedding_size=20)
    first = {key: value.clone() for key, value in net.state_dict().items()}
    content = {"step": 7, "optimiser": {"lr": 0.1}, "net": source.state_dict()}
    torch.save(content, tmp_path / "last.pt")
    fitting = warm_start(net, stored_in(tmp_path / "last.pt"))
    assert fitting.by_name
    assert fitting.missing
    assert not fitting.complete
    for key, value in net.state_dict().items():
        if "num_batches" in key:
            continue
        expected = first[key] if key in fitting.missing else source.state_dict()[key]
        assert torch.equal(value, expected), key
    assert {"head", "embed"} & {key.split(".")[0] for key in fitting.missing}
    assert "first values stay: " in str(fitting)


def test_names_behind_a_prefix(tmp_path: Path) -> None:
    source, net = made("mobilefacenet", seed=1), made("mobilefacenet", seed=2)
    torch.save({f"module.{k}": v for k, v in source.state_dict().items()}, tmp_path / "ddp.pth")
    fitting = warm_start(net, stored_in(tmp_path / "ddp.pth"))
    assert (fitting.by_name, fitting.complete) == (False, True)
    assert same(source, net) > 0.999999


def test_the_rest_of_a_layer_that_does_not_fit_stays_too(tmp_path: Path) -> None:
    """A head for another side: its bias and normalisation have the shapes, but not the sense."""
    source = made("sface", seed=1)
    torch.manual_seed(2)
    net = build("sface", embedding_size=32, input_size=80)
    torch.save(source.state_dict(), tmp_path / "a.pt")
    fitting = warm_start(net, stored_in(tmp_path / "a.pt"))
    assert set(fitting.missing) == {
        "head.3.weight",
        "head.3.bias",
        "head.4.weight",
        "head.4.bias",
        "head.4.running_mean",
        "head.4.running_var",
    }
    assert torch.equal(net.get_buffer("head.4.running_mean"), torch.zeros(32))


def test_too_little_fits_changes_nothing(tmp_path: Path) -> None:
    torch.save(made("ir-resnet18", seed=1).state_dict(), tmp_path / "a.pt")
    net = made("mobilefacenet", seed=2)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with pytest.raises(
        ModelRefused, match=r"do not fit MobileFaceNet: .*80%.*of its 50.*file's 22"
    ):
        warm_start(net, stored_in(tmp_path / "a.pt"))
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


def test_a_larger_network_of_the_same_blocks_is_refused(tmp_path: Path) -> None:
    with torch.device("meta"):
        large = build("ir-resnet50", embedding_size=32, input_size=48)
    torch.save(large.to_empty(device="cpu").state_dict(), tmp_path / "50.pt")
    with pytest.raises(ModelRefused, match="22 of its 22, 22 of the file's 54"):
        warm_start(made("ir-resnet18", seed=1), stored_in(tmp_path / "50.pt"))


class Runs:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (print, ("run",))


def files(folder: Path) -> dict[str, Path]:
    (folder / "a.onnx").write_bytes(b"no model")
    (folder / "a.pt").write_bytes(b"no checkpoint")
    torch.save({"a": torch.randn(3), "b": Runs()}, folder / "b.pt")
    torch.save({"step": 3, "names": ["a"]}, folder / "c.pt")
    return {
        "no onnx": folder / "a.onnx",
        "no checkpoint": folder / "a.pt",
        "runs code": folder / "b.pt",
        "no tensors": folder / "c.pt",
        "missing": folder / "d.pt",
        "missing onnx": folder / "d.onnx",
        "a folder": folder,
    }


@pytest.mark.parametrize(
    "case",
    ["no onnx", "no checkpoint", "runs code", "no tensors", "missing", "missing onnx", "a folder"],
)
def test_files_that_are_refused(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelRefused) as refusal:
        stored_in(files(tmp_path)[case])
    assert "\n" not in str(refusal.value)
    assert capsys.readouterr().out == ""


def test_weights_are_read_outputs_first() -> None:
    """MatMul and an untransposed Gemm keep inputs first, torch outputs."""
    weight = onnx.numpy_helper.from_array(torch.arange(6.0).reshape(3, 2).numpy(), "w")
    turned = onnx.numpy_helper.from_array(torch.arange(6.0).reshape(2, 3).numpy(), "t")
    nodes = [
        onnx.helper.make_node("MatMul", ["x", "w"], ["a"]),
        onnx.helper.make_node("Gemm", ["b", "w"], ["c"]),
        onnx.helper.make_node("Gemm", ["d", "t"], ["e"], transB=1),
    ]
    graph = onnx.helper.make_graph(nodes, "g", [], [], [weight, turned])
    found = stored_in_onnx(onnx.helper.make_model(graph).SerializeToString())
    assert [(one.name, one.role, one.values.shape) for one in found] == [
        ("w", Role.WEIGHT, (2, 3)),
        ("w", Role.WEIGHT, (2, 3)),
        ("t", Role.WEIGHT, (2, 3)),
    ]
    assert found[0].values.tolist() == [[0, 2, 4], [1, 3, 5]]
    assert found[2].values.tolist() == [[0, 1, 2], [3, 4, 5]]
