"""What people have on disk: photographs, listings, idx, npz and csv, good and bad."""

import gzip
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from gankit import InputError, load_image_folder, load_images
from gankit.data import files
from gankit.data.arrays import read_csv, read_idx
from gankit.data.files import write_atomic
from gankit.data.images import limited_order


def photograph(path, color=(200, 30, 30), size=(90, 60), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).convert(mode).save(path)
    return path


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    """An empty cache of decoded photographs."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "gankit"


def noise(path, seed, side=20):
    """Writes an image that no other looks like."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
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

    def test_hidden_folders_and_what_macos_adds_to_a_zip_are_no_classes(self, tmp_path, capsys):
        for name in ("rose/a.png", "iris/b.png", ".thumbnails/a.png", "__MACOSX/rose/a.png"):
            photograph(tmp_path / name)
        (tmp_path / "rose" / "._a.png").write_text("a resource fork")
        image_set = load_image_folder(tmp_path, size=8)
        assert image_set.class_names == ("iris", "rose")
        assert len(image_set) == 2
        assert capsys.readouterr().out == ""

    def test_a_name_that_is_no_text_can_be_printed(self, tmp_path, capsys):
        photograph(tmp_path / "good.png")
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xf6se.png")).write_text("no picture")
        assert len(load_image_folder(tmp_path, size=8)) == 1
        line = capsys.readouterr().out
        line.encode("utf-8")  # what a strict terminal does
        assert "1 unreadable: r" in line

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

    def test_a_missing_listed_image_is_not_replaced_by_another_of_its_name(self, tmp_path, capsys):
        for name in ("iris/1.jpg", "rose/2.jpg"):
            photograph(tmp_path / name)
        (tmp_path / "list.txt").write_text("rose/1.jpg\trose\nrose/2.jpg\trose\niris/1.jpg\tiris\n")
        image_set = load_image_folder(tmp_path, "list.txt", size=8)
        assert [image_set.class_names[label] for label in image_set.labels] == ["rose", "iris"]
        assert "1 missing: rose/1.jpg" in capsys.readouterr().out

    def test_a_listed_bare_name_is_found_below_only_if_there_is_one_such_file(
        self, tmp_path, capsys
    ):
        for name in ("a/only.png", "a/twice.png", "b/twice.png"):
            photograph(tmp_path / name)
        (tmp_path / "list.txt").write_text("only.png\ntwice.png\n")
        assert len(load_image_folder(tmp_path, "list.txt", size=8)) == 1
        assert "1 missing: twice.png" in capsys.readouterr().out

    def test_a_listing_of_older_bytes_keeps_its_labels_apart(self, tmp_path):
        for name in ("a.png", "b.png"):
            photograph(tmp_path / name)
        (tmp_path / "list.txt").write_bytes("a.png\tr\xf6se\nb.png\tr\xe4se\n".encode("latin-1"))
        assert load_image_folder(tmp_path, "list.txt", size=8).labels.tolist() in ([0, 1], [1, 0])

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


class TestLimit:
    @pytest.fixture
    def folder(self, tmp_path):
        for k in range(40):
            noise(tmp_path / f"{k % 2}" / f"{k:02}.png", k)
        return tmp_path

    def test_a_limit_takes_the_subset_that_limited_takes(self, folder):
        few, whole = load_image_folder(folder, size=16, limit=5), load_image_folder(folder, size=16)
        np.testing.assert_array_equal(few.images, whole.limited(5).images)
        np.testing.assert_array_equal(few.labels, whole.limited(5).labels)
        assert load_image_folder(folder, size=16, limit=99).fingerprint == whole.fingerprint

    def test_no_more_is_decoded_than_a_limit_needs(self, folder, capsys):
        """The files that are not needed are no images: decoding one of them would be told."""
        paths = sorted(folder.rglob("*.png"))
        for index in limited_order(40, 5)[5:]:
            paths[index].write_text("no picture")
        assert len(load_images(folder, size=16, limit=5)) == 5
        assert "skipped" not in capsys.readouterr().out

    def test_others_take_the_place_of_unreadable_ones(self, folder, capsys):
        paths = sorted(folder.rglob("*.png"))
        for index in limited_order(40, 5)[:2]:
            paths[index].write_text("no picture")
        few, whole = load_image_folder(folder, size=16, limit=5), load_image_folder(folder, size=16)
        assert "2 unreadable" in capsys.readouterr().out.splitlines()[0]
        known = {
            image.tobytes(): label for image, label in zip(whole.images, whole.labels, strict=True)
        }
        assert len({image.tobytes() for image in few.images}) == 5
        assert [known[image.tobytes()] for image in few.images] == few.labels.tolist()
        assert len(load_image_folder(folder, size=16, limit=39)) == 38

    @pytest.mark.parametrize("limit", [0, -1, "3"])
    def test_a_limit_that_is_none_is_refused(self, folder, limit):
        with pytest.raises(InputError, match=f"`limit`.*limit={limit!r}"):
            load_image_folder(folder, limit=limit)


class TestCache:
    @pytest.fixture
    def folder(self, tmp_path):
        for k in range(3):
            noise(tmp_path / f"{k}.png", k)
        (tmp_path / "bad.png").write_text("no picture")
        return tmp_path

    def swap(self, path, seed):
        """Puts another image into a file, as long and as old: only what was kept tells."""
        before, length = path.stat(), path.stat().st_size
        path.write_bytes(noise(path, seed).read_bytes()[:length].ljust(length, b"\0"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def test_what_was_decoded_before_is_not_decoded_again(self, folder, capsys):
        first = load_image_folder(folder, size=8)
        told = capsys.readouterr().out
        for k in range(3):
            self.swap(folder / f"{k}.png", k + 10)
        again = load_image_folder(folder, size=8)
        assert again.fingerprint == first.fingerprint
        assert capsys.readouterr().out == told != ""
        assert load_image_folder(folder, size=16).image_shape == (16, 16, 3)

    @pytest.mark.parametrize("change", ["time", "length", "name"])
    def test_a_changed_file_is_decoded_anew(self, folder, change):
        first = load_image_folder(folder, size=8)
        path = folder / "1.png"
        if change == "time":
            self.swap(path, 7)
            os.utime(path, (1, 1))
        elif change == "length":
            old = path.stat()
            photograph(path)
            os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
        else:
            self.swap(path, 7)
            path.rename(folder / "1b.png")
        again = load_image_folder(folder, size=8)
        np.testing.assert_array_equal(again.images[[0, 2]], first.images[[0, 2]])
        assert not np.array_equal(again.images[1], first.images[1])

    def test_a_limit_beyond_all_images_uses_the_same_cache(self, folder, cache):
        load_image_folder(folder, size=8)
        load_image_folder(folder, size=8, limit=100)
        assert len(list(cache.iterdir())) == 1

    @pytest.mark.parametrize("damage", [b"", b"text", "cut", "bit"])
    def test_a_damaged_cache_is_made_anew(self, folder, cache, damage):
        first = load_image_folder(folder, size=8)
        [kept] = cache.iterdir()
        whole = kept.read_bytes()
        if damage == "cut":
            damage = whole[: len(whole) // 2]
        elif damage == "bit":
            middle = whole.index(first.images[1].tobytes())
            damage = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        kept.write_bytes(damage)
        assert load_image_folder(folder, size=8).fingerprint == first.fingerprint
        assert kept.stat().st_size == len(whole)
        with np.load(kept) as arrays:
            np.testing.assert_array_equal(arrays["images"], first.images)

    def test_no_place_for_a_cache_is_no_error(self, folder, monkeypatch, tmp_path):
        (tmp_path / "file").write_text("no folder")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        assert len(load_image_folder(folder, size=8)) == 3

    def test_the_cache_is_bounded_and_drops_what_was_not_used_for_longest(
        self, folder, cache, monkeypatch
    ):
        for size in (16, 17, 18):
            load_image_folder(folder, size=size)
        for age, kept in enumerate(sorted(cache.iterdir(), key=lambda path: path.stat().st_size)):
            os.utime(kept, (100 + age, 100 + age))
        load_image_folder(folder, size=16)  # the oldest, used again
        sizes = sorted(path.stat().st_size for path in cache.iterdir())
        monkeypatch.setattr(files, "CACHE_BYTES", sum(sizes))
        load_image_folder(folder, size=15)  # no room for all four
        left = sorted(path.stat().st_size for path in cache.iterdir())
        assert left[1:] == [sizes[0], sizes[2]]

    def test_a_file_that_cannot_be_opened_now_is_tried_again(self, folder, monkeypatch):
        opened = Image.open

        def refuse(file):
            if file.name == "1.png":
                raise PermissionError(13, "Permission denied")
            return opened(file)

        with monkeypatch.context() as locked:
            locked.setattr(Image, "open", refuse)
            assert len(load_image_folder(folder, size=8)) == 2
        assert len(load_image_folder(folder, size=8)) == 3

    def test_a_link_to_nothing_is_unreadable(self, folder, capsys):
        (folder / "link.png").symlink_to(folder / "gone.png")
        assert len(load_image_folder(folder, size=8)) == 3
        assert "2 unreadable: bad.png" in capsys.readouterr().out


class TestWriteAtomic:
    def test_replaces_a_file_whole(self, tmp_path):
        (tmp_path / "a.txt").write_text("old")
        write_atomic(tmp_path / "a.txt", lambda part: part.write_text("new"))
        assert (tmp_path / "a.txt").read_text() == "new"
        assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]

    @pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
    def test_leaves_nothing_beside_where_writing_fails(self, tmp_path, error):
        def write(part):
            part.write_text("half of")
            raise error

        (tmp_path / "a.txt").write_text("old")
        with pytest.raises(type(error)):
            write_atomic(tmp_path / "a.txt", write)
        assert (tmp_path / "a.txt").read_text() == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]

    def test_where_the_target_is_a_folder_or_has_none(self, tmp_path):
        (tmp_path / "a").mkdir()
        with pytest.raises(OSError, match="directory"):
            write_atomic(tmp_path / "a", lambda part: part.write_text("x"))
        with pytest.raises(FileNotFoundError):
            write_atomic(tmp_path / "gone" / "b", lambda part: part.write_text("x"))
        assert [path.name for path in tmp_path.iterdir()] == ["a"]


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
        whole = []
        for path in sorted(tmp_path.rglob("*.jpg"))[:40]:
            with Image.open(path) as photograph:
                whole.append(ImageOps.fit(photograph, (64, 64), Image.Resampling.LANCZOS))
        gaps = np.abs(images[:40].astype(int) - np.stack(whole))
        assert gaps.mean() < 1  # of 255: decoding at half the size loses nothing that one sees
        assert gaps.mean((1, 2, 3)).max() < 4


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
        with pytest.raises(InputError, match=r"lacks a file.*train split's labels-idx1"):
            read_idx(idx_folder)

    def test_swapped_files(self, idx_folder):
        images = idx_folder / "train-images-idx3-ubyte"
        labels = idx_folder / "train-labels-idx1-ubyte"
        images.rename(idx_folder / "aside")
        labels.rename(images)
        (idx_folder / "aside").rename(labels)
        with pytest.raises(InputError, match=r"of 3 dimensions.*swap the files"):
            read_idx(idx_folder)

    @pytest.mark.parametrize("content", [b"", b"\0\0\x08", b"\0\0\x08\x03", b"text of no use"])
    def test_a_file_without_a_whole_header(self, idx_folder, content):
        (idx_folder / "train-images-idx3-ubyte").write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            read_idx(idx_folder)

    def test_names_with_a_dot_and_folders_of_those_names(self, idx_folder):
        """As one finds them on Kaggle."""
        for path in list(idx_folder.iterdir()):
            path.rename(idx_folder / path.name.replace("-idx", ".idx"))
            path.mkdir()
        assert len(load_images(str(idx_folder))) == 6

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
            (
                {"pictures": np.zeros((2, 8, 8), np.uint8)},
                "Expected the keys x_train.*Received: pictures",
            ),
            ({"x_train": np.full((2, 8, 8), np.nan)}, "float64, nan to nan"),
            ({"x_train": np.full((2, 8, 8), 0.5)}, "0 to 255. Received: float64, 0 to 0.5"),
            ({"x_train": np.full((2, 8, 8), -1)}, "from 0 to 255"),
            ({"x_train": np.array([["a"]])}, "numbers from 0 to 255. Received: <U1"),
            ({"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": np.zeros(3, int)}, "one label"),
            ({"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": [0.5, 1]}, "whole numbers"),
            ({"x_train": np.zeros((2, 8, 8), np.uint8), "y_train": [np.nan, 1]}, "whole numbers"),
            ({"x_train": np.zeros(5, np.uint8)}, "shape"),
            ({"y_train": np.zeros(5, int)}, "Expected the keys"),
            ({"x_train": np.zeros((0, 8, 8), np.uint8)}, "at least one"),
            ({"x_train": np.array([{}])}, "not a readable npz"),
        ],
    )
    def test_refuses(self, tmp_path, arrays, message):
        with pytest.raises(InputError, match=message):
            load_images(self.save(tmp_path, **arrays))

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            ([0, 1, 10**9], r"up to 1e\+09, but only 3 different.*Number the classes"),
            ([0, 1, 1e300], r"up to 1e\+300, but only 3"),
            ([0, 1, np.inf], "up to inf, but only 3"),
            ([*range(10), 1000], "up to 1000, but only 11 different"),
            ([0, 2, -1], r"Received: -1 in labels\[2\]"),
            ([0, np.nan, 1], r"Received: nan in labels\[1\]"),
            (["rose", "iris"], "Received: <U4, e.g."),
        ],
    )
    def test_refuses_labels_that_number_no_classes(self, tmp_path, labels, message):
        images = np.zeros((len(labels), 8, 8), np.uint8)
        with pytest.raises(InputError, match=message):
            load_images(self.save(tmp_path, x_train=images, y_train=labels))

    @pytest.mark.parametrize("labels", [[101] * 4, [3, 7], range(1000), [0, 255]])
    def test_takes_labels_of_a_part_of_the_classes(self, tmp_path, labels):
        images = np.zeros((len(labels), 2, 2), np.uint8)
        path = self.save(tmp_path, images=images, labels=np.array(labels))
        assert load_images(path).num_classes == max(labels) + 1

    def test_an_npy_by_another_name(self, tmp_path):
        np.save(tmp_path / "set.npy", np.zeros((3, 8, 8), np.uint8))
        (tmp_path / "set.npy").rename(tmp_path / "set.npz")
        with pytest.raises(InputError, match="not a readable npz"):
            load_images(str(tmp_path / "set.npz"))

    def test_only_the_split_that_is_wanted_is_read(self, tmp_path):
        """Its other arrays may be of any kind, and cost no memory."""
        path = self.save(
            tmp_path, x_train=np.zeros((2, 8, 8), np.uint8), x_test=np.array([{}]), more=[{}]
        )
        assert len(load_images(path)) == 2

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
        "header",
        [
            "",
            "label," + ",".join(f"p{k}" for k in range(784)) + "\n",
            "label," + ",".join(f"{r}x{c}" for r in range(28) for c in range(28)) + "\n",
            "label," + ",".join(map(str, range(784))) + "\n",
            ",".join(map(str, range(785))) + "\n",  # pandas' own names for columns
            "# " + ",".join(f"c{k}" for k in range(785)) + "\n",
        ],
        ids=["none", "words", "kaggle", "words and numbers", "numbers", "comment"],
    )
    def test_rows_of_label_and_pixels(self, tmp_path, header):
        image_set = load_images(self.write(tmp_path, header + self.row(3) + "\n" + self.row(5)))
        assert image_set.images.shape == (2, 28, 28, 1)
        assert image_set.labels.tolist() == [3, 5]
        assert image_set.images.max() == 9

    @pytest.mark.parametrize("labelled", [False, True])
    def test_rows_of_coloured_pixels(self, tmp_path, labelled):
        rgb = np.random.default_rng(0).integers(256, size=(2, 4, 4, 3))
        rows = [[label] * labelled + image.ravel().tolist() for label, image in enumerate(rgb)]
        text = "\n".join(",".join(map(str, row)) for row in rows)
        image_set = load_images(self.write(tmp_path, text))
        np.testing.assert_array_equal(image_set.images, rgb)
        assert (image_set.labels is not None) == labelled

    def test_no_row_of_numpys_own_format_is_lost(self, tmp_path):
        table = np.random.default_rng(0).integers(0, 256, (300, 65))
        table[:, 0] = np.arange(300) % 10
        np.savetxt(tmp_path / "digits.csv", table, delimiter=",")  # 7.000000000000000000e+00,...
        image_set = load_images(str(tmp_path / "digits.csv"))
        assert len(image_set) == 300
        np.testing.assert_array_equal(image_set.images.reshape(300, 64), table[:, 1:])

    def test_a_byte_order_mark_does_not_cost_a_row(self, tmp_path):
        (tmp_path / "digits.csv").write_text(self.row(7) + "\n" + self.row(8), "utf-8-sig")
        assert load_images(str(tmp_path / "digits.csv")).labels.tolist() == [7, 8]

    @pytest.mark.parametrize("bad", ["-1", "nan", "1.5"])
    @pytest.mark.parametrize("header", [False, True])
    def test_a_bad_label_is_named_by_its_row_in_the_file(self, tmp_path, bad, header):
        names = "label," + ",".join(f"p{k}" for k in range(784))
        rows = ["", self.row(bad), self.row(3)] if header else [self.row(bad), self.row(3)]
        path = self.write(tmp_path, "\n".join([names, *rows] if header else rows))
        row = 3 if header else 1
        with pytest.raises(InputError, match=f"digits.csv.*Received: {bad} in row {row}"):
            load_images(path)

    def test_rows_of_pixels_alone(self, tmp_path):
        path = self.write(tmp_path, "\n".join([self.row(9, count=783)] * 2))
        assert read_csv(Path(path))[1] is None

    def test_labels_in_the_last_column_are_not_taken_for_pixels(self, tmp_path):
        rng = np.random.default_rng(0)
        digits = rng.integers(0, 256, (100, 65))
        digits[:, 0], digits[:, -1] = 0, np.arange(100) % 10  # a black corner; labels last
        np.savetxt(tmp_path / "digits.csv", digits, "%d", ",")
        with pytest.raises(InputError, match="the label first in each row"):
            load_images(str(tmp_path / "digits.csv"))
        np.savetxt(tmp_path / "digits.csv", digits[:, ::-1], "%d", ",")
        assert load_images(str(tmp_path / "digits.csv")).num_classes == 10

    @pytest.mark.parametrize("label", [0, 7])
    def test_one_class_is_no_reason_to_refuse(self, tmp_path, label):
        rows = np.random.default_rng(0).integers(0, 256, (50, 65))
        rows[:, 0] = label
        np.savetxt(tmp_path / "digits.csv", rows, "%d", ",")
        assert len(load_images(str(tmp_path / "digits.csv"))) == 50

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no rows"),
            ("1,2,3\n", "Received: 3 columns"),
            ("5\n", "Received: 1 columns"),
            ("0,1,1,1,1\n\n1,2,3\n", "row 3: .* from 5 to 3$"),
            ("1,2,x,4,5\n", "row 1: .*'x'"),
            ("label,a,b,c,d\n1,2,3,4,5\n1,2,3,,5\n", "row 3: "),
            ("0,nan,1,1,1\n", "float32, nan to nan"),
            ("0,300,1,1,1\n", "Received: float32, 0 to 300"),
            ("label,a,b,c,d\n", "no rows"),
            ("1000000000,9,9,9,9\n", r"up to 1e\+09"),
        ],
    )
    def test_refuses(self, tmp_path, text, message):
        with pytest.raises(InputError, match=message):
            load_images(self.write(tmp_path, text))


def test_a_path_to_nothing_names_what_there_is():
    with pytest.raises(InputError, match=r"mnist, fashion_mnist.*Received: name='minst'"):
        load_images("minst")


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(InputError, match="file of another kind"):
        load_images(str(tmp_path / "a.txt"))
