"""The pixel range, the image set, and the chain that feeds training."""

import itertools

import numpy as np
import pytest

from gankit import InputError, augmentation, make_dataset, scale_pixels, unscale_pixels
from gankit.backend import tf
from gankit.data.dataset import batches_of
from gankit.data.images import ImageSet, limited_order


def passes(dataset, count=1, first=0):
    """`count` epochs of (images, labels), concatenated each, from epoch `first` on."""
    steps, epochs = len(dataset), []
    stream = iter(dataset.batches(first * steps))
    for _ in range(count):
        images, labels = zip(*itertools.islice(stream, steps), strict=True)
        epochs.append((np.concatenate(images), np.concatenate(labels)))
    return epochs


def test_scale_maps_bytes_onto_the_range_of_tanh():
    scaled = scale_pixels(np.array([0, 255], np.uint8))
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [-1.0, 1.0]
    assert scale_pixels(tf.constant([0, 255], tf.uint8)).numpy().tolist() == [-1.0, 1.0]


def test_unscale_inverts_scale():
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(unscale_pixels(scale_pixels(every)), every)


def test_unscale_clips():
    assert unscale_pixels(np.array([-1.5, 1.5])).tolist() == [0, 255]


def test_batches_have_one_shape_and_the_documented_dtypes(image_set):
    dataset = make_dataset(image_set, 20)
    batches = list(dataset)
    assert len(batches) == len(dataset) == 2
    for images, labels in batches:
        assert images.shape == (20, 8, 8, 1)
        assert images.dtype == tf.float32
        assert labels.dtype == tf.int32
        assert -1 <= images.numpy().min() < images.numpy().max() <= 1


def test_every_image_comes_once_an_epoch_with_its_own_label(image_set):
    by_image = {
        image.tobytes(): label
        for image, label in zip(image_set.images, image_set.labels, strict=True)
    }
    for images, labels in passes(make_dataset(image_set, 12), 2):
        seen = {
            image.tobytes(): label
            for image, label in zip(unscale_pixels(images), labels, strict=True)
        }
        assert seen == by_image


def test_epochs_differ_and_seeds_differ(image_set):
    (first, _), (second, _) = passes(make_dataset(image_set, 16), 2)
    [(other, _)] = passes(make_dataset(image_set, 16, seed=1))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("augmented", [False, True])
def test_a_batch_is_a_function_of_its_number_alone(image_set, augmented):
    """Whatever was read before, by this dataset or another of the same seed."""
    augment = augmentation(rotation=0.1, shift=0.2, zoom=0.1, crop=0.1, flip=True)
    first, second = (
        make_dataset(image_set, 16, augment if augmented else None, 5) for _ in range(2)
    )
    whole = passes(first, 4)
    next(iter(second))  # a look shifts nothing
    list(second)
    for epoch in (2, 0, 3):
        [(images, labels)] = passes(second, first=epoch)
        np.testing.assert_array_equal(images, whole[epoch][0])
        np.testing.assert_array_equal(labels, whole[epoch][1])
    images, _ = zip(*second, strict=True)
    np.testing.assert_array_equal(np.concatenate(images), whole[0][0])


@pytest.mark.parametrize("steps", [2, 3, 7])
def test_steps_per_epoch_cut_the_same_stream_elsewhere(image_set, steps):
    """Three batches fill a round; other cuts see the same batches in the same order."""
    augment = augmentation(rotation=0.1)
    whole = passes(make_dataset(image_set, 16, augment, 5), 14)
    cut = make_dataset(image_set, 16, augment, 5, steps_per_epoch=steps)
    assert len(cut) == steps
    parts = passes(cut, 42 // steps)
    for ours, theirs in zip(zip(*parts, strict=True), zip(*whole, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(ours), np.concatenate(theirs))


def test_the_chain_is_one_graph_of_constant_shapes_on_the_host(image_set):
    """No Python generator: the graph could be saved. Shapes are known, so nothing retraces."""
    dataset = make_dataset(image_set, 16, augmentation(rotation=0.1))
    images, labels = dataset.element_spec
    assert images.shape == (16, 8, 8, 1)
    assert labels.shape == (16,)
    graph = tf.raw_ops.DatasetToGraphV2(input_dataset=dataset._variant_tensor).numpy()
    assert b"PyFunc" not in graph
    assert b"PrefetchDataset" in graph


def test_rounds_are_shuffled_without_order_left():
    """Neighbours in a round are strangers, and two rounds have nothing in common."""
    dataset = batches_of((np.arange(5000),), 50)
    first, second = (np.concatenate(list(dataset.batches(k).take(100))) for k in (0, 100))
    for a, b in ((first[1:], first[:-1]), (first, np.arange(5000)), (first, second)):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.06  # four standard deviations of chance


def test_augmentation_differs_by_image_and_by_batch():
    """One image, many times: every copy is turned and shifted its own way."""
    image = np.zeros((28, 28, 1), np.uint8)
    image[8:20, 12:16] = 255
    copies = ImageSet(np.stack([image] * 64), np.zeros(64, int), "bar", "the tests")
    [(images, _)] = passes(make_dataset(copies, 16, augmentation(rotation=0.05, shift=0.1)))
    assert len({i.tobytes() for i in images}) == 64
    assert images.min() >= -1
    assert images.max() <= 1
    np.testing.assert_array_equal(images[:, 0, 0], -1)  # black comes in from outside


def test_augmented_digits_stay_centred_and_bright(image_set):
    image = np.zeros((28, 28, 1), np.uint8)
    image[10:18, 10:18] = 255
    copies = ImageSet(np.stack([image] * 200), np.zeros(200, int), "square", "the tests")
    [(images, _)] = passes(make_dataset(copies, 100, augmentation(shift=0.1)))
    mass = (images[..., 0] + 1) / 2
    rows = (mass.sum(2) * np.arange(28)).sum(1) / mass.sum((1, 2))
    assert np.abs(rows - 13.5).max() <= 2.81  # a tenth of 28, and rounding
    assert abs(rows.mean() - 13.5) < 0.4
    assert rows.std() > 1.0


def test_unlabelled_images_give_images_alone(image_set):
    dataset = make_dataset(image_set.images, 16)
    assert next(iter(dataset)).shape == (16, 8, 8, 1)


def test_no_autotuning_thread_holds_up_the_end_of_a_pass(image_set):
    """Of TensorFlow 2.21's, an iterator often waits until its next round, up to a minute."""
    assert make_dataset(image_set, 16).options().autotune.enabled is False


@pytest.mark.parametrize("batch_size", [0, -1, 49])
def test_a_batch_that_cannot_be_filled_is_refused(image_set, batch_size):
    with pytest.raises(InputError, match="from 1 to 48"):
        make_dataset(image_set, batch_size)


def test_limited_is_a_random_subset_and_always_the_same(image_set):
    ten = image_set.limited(10)
    assert len(ten) == len(ten.labels) == 10
    assert ten.fingerprint == image_set.limited(10).fingerprint != image_set.fingerprint
    assert not np.array_equal(ten.images, image_set.images[:10])
    assert image_set.limited(1000) is image_set
    np.testing.assert_array_equal(ten.images, image_set.images[limited_order(48, 10)[:10]])
    for limit in (0, -1, 2.5, True):
        with pytest.raises(InputError, match="limit"):
            image_set.limited(limit)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((3, 8, 8, 1)), None, "uint8"),
        (np.zeros((3, 8, 8), np.uint8), None, "shape"),
        (np.zeros((3, 8, 8, 2), np.uint8), None, "1 or 3"),
        (np.zeros((0, 8, 8, 1), np.uint8), None, "at least one"),
        (np.zeros((3, 8, 8, 1), np.uint8), np.zeros(2, int), "one label for each of 3"),
    ],
)
def test_image_set_refuses(images, labels, message):
    with pytest.raises(InputError, match=message):
        ImageSet(images, labels, "toy", "the tests")


def test_no_change_to_augment_with_is_refused():
    with pytest.raises(InputError, match="at least one change"):
        augmentation()
