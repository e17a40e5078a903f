"""What people have on disk: photographs, listings, idx, npz and csv, good and bad."""

import gzip
import tarfile

import numpy as np
import pytest
from PIL import Image

from gankit import InputError, load_image_folder, load_images
from gankit.data.files import read_csv, read_idx


def photograph(path, color=(200, 30, 30), size=(90, 60), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).convert(mode).save(path)
    return path


def idx_file(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def idx_folder(tmp_path):
    rng = np.random.default_rng(0)
    for part, count in (("train", 6), ("t10k", 3)):
        images, labels = rng.integers(0, 256, (count, 28, 28)), np.arange(count) % 10
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            (tmp_path / f"{part}-{kind}-ubyte").write_bytes(idx_file(array))
    return tmp_path


class TestFolder:
    def test_photographs_become_square_rgb(self, tmp_path):
        photograph(tmp_path / "a.jpg", size=(120, 50))
        photograph(tmp_path / "b.png", size=(50, 120))
        images = load_image_folder(tmp_path, size=32).images
        assert images.shape == (2, 32, 32, 3)
        assert np.abs(images.astype(int) - [200, 30, 30]).max() < 8

    def test_the_centre_is_kept(self, tmp_path):
        wide = np.zeros((40, 120, 3), np.uint8)
        wide[:, 40:80] = 255
        Image.fromarray(wide).save(tmp_path / "wide.png")
        image = load_image_folder(tmp_path, size=20).images[0]
        assert image.mean() > 250

    def test_resizing_is_antialiased(self, tmp_path):
        fine = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)
        Image.fromarray(fine).save(tmp_path / "checks.png")
        image = load_image_folder(tmp_path, size=32).images[0]
        assert np.abs(image.astype(int) - 127).max() < 16  # grey, and no moire

    @pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "CMYK", "LA"])
    def test_every_mode_is_read(self, tmp_path, mode):
        ending = "tif" if mode == "CMYK" else "png"
        photograph(tmp_path / f"a.{ending}", color=(255, 255, 255), mode=mode)
        assert load_image_folder(tmp_path, size=8).images.min() > 240

    def test_sixteen_bit_grey_is_not_clipped(self, tmp_path):
        Image.fromarray(np.full((20, 20), 32768, np.uint16)).save(tmp_path / "deep.png")
        assert abs(int(load_image_folder(tmp_path, size=8).images.mean()) - 127) < 3

    def test_transparency_lies_on_white(self, tmp_path):
        Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "clear.png")
        assert load_image_folder(tmp_path, size=9).images.min() == 255

    def test_a_turned_camera_is_heeded(self, tmp_path):
        tall = np.zeros((40, 40, 3), np.uint8)
        tall[:20] = 255
        exif = Image.Exif()
        exif[0x0112] = 3  # upside down
        Image.fromarray(tall).save(tmp_path / "turned.jpg", exif=exif)
        image = load_image_folder(tmp_path, size=40).images[0]
        assert image[30].mean() > 250 > 5 > image[10].mean()

    def test_subfolders_are_classes(self, tmp_path):
        for name in ("10/a.png", "2/b.png", "2/c.png"):
            photograph(tmp_path / name)
        image_set = load_image_folder(tmp_path, size=8)
        assert image_set.class_names == ("2", "10")
        assert sorted(image_set.labels.tolist()) == [0, 0, 1]

    def test_one_subfolder_is_none(self, tmp_path):
        photograph(tmp_path / "jpg" / "a.jpg")
        assert load_image_folder(tmp_path, size=8).labels is None

    def test_a_corrupt_image_is_left_out_and_named(self, tmp_path, capsys):
        photograph(tmp_path / "good.png")
        whole = photograph(tmp_path / "cut.jpg", size=(300, 300)).read_bytes()
        (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
        (tmp_path / "text.png").write_text("no picture")
        assert len(load_image_folder(tmp_path, size=8)) == 1
        line = capsys.readouterr().out
        assert "2 unreadable" in line
        assert "cut.jpg" in line
        assert "text.png" in line

    def test_a_listing_decides(self, tmp_path, capsys):
        for name in ("a.jpg", "b.jpg", "c.jpg"):
            photograph(tmp_path / "jpg" / name)
        listing = tmp_path / "flower_text.txt"
        listing.write_text("c.jpg\t9\ta rose\ngone.jpg\t1\tlost\na.jpg\t10\tan iris\n")
        image_set = load_image_folder(tmp_path, "flower_text.txt", size=8)
        assert len(image_set) == 2
        assert image_set.class_names == ("1", "9", "10")
        assert image_set.labels.tolist() == [1, 2]
        assert "1 missing: gone.jpg" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "make",
        [
            lambda folder: folder,
            lambda folder: (folder / "notes.txt").write_text("nothing") and folder,
            lambda folder: (folder / "bad.png").write_text("nothing") and folder,
        ],
        ids=["empty", "other files", "corrupt only"],
    )
    def test_no_image_left_is_an_error(self, tmp_path, make):
        with pytest.raises(InputError, match="No image left"):
            load_image_folder(make(tmp_path), size=8)

    def test_source_as_listing_is_found_in_the_folder(self, tmp_path):
        for name in ("a.jpg", "b.jpg"):
            Image.new("RGB", (9, 9)).save(tmp_path / name)
        (tmp_path / "flower_text.txt").write_text("b.jpg\t7\ta rose\ngone.jpg\t8\tlost\n")
        image_set = load_images(str(tmp_path), size=8)
        assert len(image_set) == 1
        assert image_set.class_names == ("7", "8")

    def test_a_folder_or_listing_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError, match="not a folder"):
            load_image_folder(tmp_path / "gone")
        with pytest.raises(InputError, match="listing"):
            load_image_folder(tmp_path, "gone.txt")


@pytest.fixture(scope="module")
def flowers(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("102flowers")
    with tarfile.open(shared / "102flowers_64px.tgz") as archive:
        archive.extractall(folder, filter="data")
    return folder


class TestRealFlowers:
    def test_all_listed_flowers_load(self, flowers, capsys):
        image_set = load_image_folder(flowers, flowers / "flower_text.txt", size=16)
        assert image_set.images.shape == (8189, 16, 16, 3)
        assert len(image_set.class_names) == 102
        assert np.bincount(image_set.labels).min() >= 40
        assert "skipped" not in capsys.readouterr().out

    def test_full_size_photographs_load(self, shared, tmp_path):
        with tarfile.open(shared / "17flowers_sample.tgz") as archive:
            archive.extractall(tmp_path, filter="data")
        images = load_image_folder(tmp_path, size=64).images
        assert images.shape == (204, 64, 64, 3)
        assert 60 < images.mean() < 160  # photographs, neither black nor white


class TestIdx:
    @pytest.mark.parametrize("zipped", [False, True])
    def test_both_splits(self, idx_folder, zipped, capsys):
        if zipped:
            for path in list(idx_folder.iterdir()):
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
                path.unlink()
        for split, count in (("train", 6), ("test", 3), ("all", 9)):
            image_set = load_images(str(idx_folder), split=split)
            assert image_set.images.shape == (count, 28, 28, 1)
            assert image_set.labels[:3].tolist() == [0, 1, 2]
        assert f"{idx_folder.name}: 9 images, 28x28 grey" in capsys.readouterr().out

    def test_real_mnist(self, shared):
        image_set = load_images(str(shared / "mnist"))
        assert len(image_set) == 60_000
        assert np.bincount(image_set.labels).tolist() == [
            5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949
        ]  # fmt: skip
        assert round(image_set.images.mean(), 2) == 33.32

    def test_a_cut_file(self, idx_folder):
        path = idx_folder / "train-images-idx3-ubyte"
        path.write_bytes(path.read_bytes()[:-5])
        with pytest.raises(InputError, match="damaged"):
            read_idx(idx_folder)

    def test_a_damaged_gzip(self, idx_folder):
        path = idx_folder / "train-images-idx3-ubyte"
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes())[:50])
        with pytest.raises(InputError, match="damaged"):
            read_idx(idx_folder)

    def test_images_without_labels(self, idx_folder):
        (idx_folder / "train-labels-idx1-ubyte").unlink()
        with pytest.raises(InputError, match="without one of them"):
            read_idx(idx_folder)

    def test_labels_of_another_length(self, idx_folder):
        (idx_folder / "train-labels-idx1-ubyte").write_bytes(idx_file(np.arange(4)))
        with pytest.raises(InputError, match="one label for each of 6"):
            load_images(str(idx_folder))


class TestNpz:
    def save(self, tmp_path, **arrays):
        np.savez(tmp_path / "set.npz", **arrays)
        return str(tmp_path / "set.npz")

    def test_keys_as_in_keras_datasets(self, tmp_path):
        path = self.save(
            tmp_path,
            x_train=np.full((5, 8, 8), 7, np.uint8),
            y_train=np.arange(5).reshape(-1, 1),
            x_test=np.zeros((2, 8, 8), np.uint8),
            y_test=np.zeros((2, 1), int),
        )
        image_set = load_images(path)
        assert image_set.images.shape == (5, 8, 8, 1)
        assert image_set.labels.tolist() == [0, 1, 2, 3, 4]
        assert len(load_images(path, split="all")) == 7

    def test_images_of_a_sample_come_back(self, tmp_path):
        path = self.save(tmp_path, images=np.zeros((3, 8, 8, 3), np.uint8))
        assert load_images(path).image_shape == (8, 8, 3)

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"pictures": np.zeros((2, 8, 8), np.uint8)}, "expected the keys x_train"),
            ({"x_train": np.full((2, 8, 8), np.nan)}, "128 that are NaN"),
            ({"x_train": np.full((2, 8, 8), 0.5)}, "0 to 255. Received: 0 to 0.5"),
            ({"x_train": np.full((2, 8, 8), -1)}, "from 0 to 255"),
            ({"x_train": np.array([["a"]])}, "pixels that are numbers"),
            ({"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": np.zeros(3, int)}, "one label"),
            ({"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": [0.5, 1]}, "whole numbers"),
            ({"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": [np.nan, 1]}, "whole numbers"),
            ({"x_train": np.zeros(5, np.uint8)}, "shape"),
            ({"y_train": np.zeros(5, int)}, "expected the keys"),
        ],
    )
    def test_refuses(self, tmp_path, arrays, message):
        with pytest.raises(InputError, match=message):
            load_images(self.save(tmp_path, **arrays))

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"text"])
    def test_a_corrupt_file(self, tmp_path, content):
        (tmp_path / "set.npz").write_bytes(content)
        with pytest.raises(InputError, match="not a readable npz"):
            load_images(str(tmp_path / "set.npz"))


class TestCsv:
    def write(self, tmp_path, text):
        (tmp_path / "digits.csv").write_text(text)
        return str(tmp_path / "digits.csv")

    def row(self, label, value=9, count=784):
        return ",".join([str(label)] + [str(value)] * count)

    @pytest.mark.parametrize(
        "header", ["", "label," + ",".join(f"p{k}" for k in range(784)) + "\n"]
    )
    def test_rows_of_label_and_pixels(self, tmp_path, header):
        image_set = load_images(self.write(tmp_path, header + self.row(3) + "\n" + self.row(5)))
        assert image_set.images.shape == (2, 28, 28, 1)
        assert image_set.labels.tolist() == [3, 5]
        assert image_set.images.max() == 9

    def test_rows_of_pixels_alone(self, tmp_path):
        path = self.write(tmp_path, "\n".join([self.row(9, count=783)] * 2))
        assert read_csv(path)[1] is None

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no rows"),
            ("1,2,3\n", "Received: 3 columns"),
            ("1,2,3\n4,5\n", "not a readable csv"),
            ("1,2,x,4,5\n", "not a readable csv"),
            ("0,nan,1,1,1\n", "1 that are NaN"),
            ("0,300,1,1,1\n", "Received: 0 to 300"),
            ("label,a,b,c,d\n", "no rows"),
        ],
    )
    def test_refuses(self, tmp_path, text, message):
        with pytest.raises(InputError, match=message):
            load_images(self.write(tmp_path, text))


def test_a_path_to_nothing_names_what_there_is():
    with pytest.raises(InputError, match=r"mnist, fashion_mnist.*Received: minst"):
        load_images("minst")


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(InputError, match="file of another kind"):
        load_images(str(tmp_path / "a.txt"))
