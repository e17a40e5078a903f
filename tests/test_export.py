"""ONNX files: another program draws the same images."""

import sys

import numpy as np
import onnxruntime
import pytest

import gankit
from gankit import InputError, cli, weights
from gankit.runs import Run, export_onnx


def outputs_of(path, noise, labels=None):
    """What onnxruntime computes; labels for a conditional generator."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    inputs = [noise] if labels is None else [noise, labels]
    named = zip((each.name for each in session.get_inputs()), inputs, strict=True)
    return session.run(None, dict(named))[0]


@pytest.mark.parametrize("name", weights.names())
def test_a_trained_generator_draws_the_same_in_onnxruntime(name, tmp_path):
    path = tmp_path / "g.onnx"
    generator = gankit.pretrained(name).generator
    export_onnx(path, generator)
    noise = np.random.default_rng(0).standard_normal((12, 100), dtype=np.float32)
    labels = np.arange(12, dtype=np.int32) % 10 if len(generator.inputs) == 2 else None
    expected = generator([noise, labels] if labels is not None else noise, training=False)
    np.testing.assert_allclose(outputs_of(path, noise, labels), expected, atol=1e-4)


def test_a_run_in_half_precision_is_exported_in_float32(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ["--scale", "smoke", "--epochs", "1", "--precision", "mixed_bfloat16"]
    assert cli.main(["train", "cgan_dense", *options]) == 0
    assert cli.main(["export", "runs/cgan_dense", "--format", "onnx"]) == 0
    assert "a generator of noise and labels in runs/cgan_dense/generator.onnx, after 1 epoch" in (
        capsys.readouterr().out
    )
    gan, _ = Run(tmp_path / "runs" / "cgan_dense").load_gan("float32")
    noise, labels = np.ones((3, 100), np.float32), np.arange(3, dtype=np.int32)
    ours = outputs_of("runs/cgan_dense/generator.onnx", noise, labels)
    np.testing.assert_allclose(ours, gan.generator([noise, labels], training=False), atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "nonsense is not a run. Expected the folder of one, or one of "),
        ([weights.names()[0], "--out", "x.pb"], "ends in .onnx"),
        ([weights.names()[0], "--out", "nowhere/x.onnx"], "in a folder that is there"),
        ([weights.names()[0], "--format", "pickle"], "invalid choice: 'pickle'"),
    ],
)
def test_refuses(arguments, message, capsys):
    assert cli.main(["export", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)  # Python's way to say: not installed
    with pytest.raises(InputError, match=r'pip install "gankit\[onnx\]"'):
        export_onnx(tmp_path / "g.onnx", None)
