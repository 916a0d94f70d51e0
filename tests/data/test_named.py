import functools
import gzip
import hashlib
import http.server
import io
import lzma
import os
import struct
import tarfile
import threading
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from scratchgan.data import ArrayDataset, load
from scratchgan.data.cifar10 import RECORD, parse_records, read_cifar10
from scratchgan.data.fetch import Source, download
from scratchgan.data.named import FASHION_MNIST, MNIST, read_idx_set

LOCAL = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))


def arrays(name):
    data = load(name)
    assert isinstance(data, ArrayDataset)
    return data


def samples_of(name):
    return arrays(name).samples


def to_idx(array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


def test_digits_are_ten_thousand_and_small():
    assert samples_of("digits").shape == (10_000, 28, 28, 1)
    folder = resources.files("scratchgan.data") / "digits"
    files = {f.name: len(f.read_bytes()) for f in folder.iterdir()}
    assert sum(files.values()) <= 2 * 2**20
    assert "LICENSE.md" in files
    labels = arrays("digits").labels
    assert labels is not None
    assert labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(labels).sum() == 10_000
    assert np.bincount(labels).min() > 800


@pytest.mark.skipif(not (LOCAL / "mnist").is_dir(), reason="needs SCRATCHGAN_DATA")
def test_digits_are_the_first_of_mnist_and_mnist_is_the_original():
    mnist = samples_of("mnist")
    assert len(mnist) == 60_000
    np.testing.assert_array_equal(mnist[:10_000], samples_of("digits"))
    labels = arrays("mnist").labels
    assert labels is not None
    np.testing.assert_array_equal(labels[:10_000], arrays("digits").labels)
    assert mnist.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert mnist.std() / 255 == pytest.approx(0.3081, abs=5e-5)


@pytest.mark.skipif(not (LOCAL / "cifar10").is_dir(), reason="needs SCRATCHGAN_DATA")
def test_cifar10_is_in_colour_and_upright():
    cifar = samples_of("cifar10")
    assert cifar.shape == (10_000, 32, 32, 3)
    # neighbours resemble each other along rows and columns, not across channels' planes
    x = cifar[:500].astype(float)
    for axis in (1, 2):
        assert np.abs(np.diff(x, axis=axis)).mean() < 0.3 * x.std()


def record(label, pixels):
    return bytes([label]) + pixels.transpose(2, 0, 1).tobytes()


def test_cifar10_records_are_planes_after_a_label():
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    content = b"".join(record(i, image) for i, image in enumerate(images))
    found, labels = parse_records(content, "x")
    np.testing.assert_array_equal(found, images)
    assert labels.tolist() == [0, 1]
    for bad in (b"", content[:-1]):
        with pytest.raises(ValueError, match=f"expected records of {RECORD} bytes"):
            parse_records(bad, "x")


def test_sets_are_read_below_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path))
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    (tmp_path / "cifar10").mkdir()
    for i in (0, 1):
        batch = b"".join(record(0, image) for image in images[i : i + 2])
        suffix, pack = (".bin", bytes) if i else (".bin.xz", lzma.compress)
        (tmp_path / "cifar10" / f"data_batch_{i + 1}{suffix}").write_bytes(pack(batch))
    np.testing.assert_array_equal(samples_of("cifar10"), images[[0, 1, 1, 2]])
    (tmp_path / "fashion-mnist").mkdir()
    idx = to_idx(np.arange(8, dtype=np.uint8).reshape(2, 2, 2))
    (tmp_path / "fashion-mnist" / "train-images-idx3-ubyte").write_bytes(idx)
    assert samples_of("fashion-mnist").ravel().tolist() == list(range(8))
    assert arrays("fashion-mnist").labels is None
    idx = to_idx(np.array([7, 3], np.uint8))
    (tmp_path / "fashion-mnist" / "train-labels-idx1-ubyte").write_bytes(idx)
    found = arrays("fashion-mnist").labels
    assert found is not None
    assert found.tolist() == [7, 3]
    assert found.dtype == np.int64
    # neither a copy, packed or not, nor another file with such a name is a batch
    (tmp_path / "cifar10" / "data_batch_2.bin.xz").write_bytes(lzma.compress(b""))
    (tmp_path / "cifar10" / "data_batch_2.bin.old").write_bytes(b"")
    assert len(samples_of("cifar10")) == 4
    (tmp_path / "cifar10" / "data_batch_1.bin.xz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="damaged or truncated xz"):
        load("cifar10")


@pytest.fixture
def served(tmp_path):
    """A web server on this machine's loopback, its folder and its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def source(base, file, content):
    return Source(base, file, f"sha256:{hashlib.sha256(content).hexdigest()}")


def test_a_download_is_verified_and_made_once(served, tmp_path):
    folder, base = served
    (folder / "a.gz").write_bytes(b"content")
    given = source(base, "a.gz", b"content")
    path = download("set", given, tmp_path / "cache")
    assert path.read_bytes() == b"content"
    (folder / "a.gz").unlink()
    assert download("set", given, tmp_path / "cache") == path


def test_another_content_is_refused_and_not_kept(served, tmp_path):
    folder, base = served
    (folder / "a.gz").write_bytes(b"tampered")
    with pytest.raises(
        ValueError, match=r"set: http://.*a\.gz does not match its checksum"
    ):
        download("set", source(base, "a.gz", b"content"), tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*a.gz*"))


def test_what_cannot_be_had_is_one_line_that_names_the_way_out(served, tmp_path):
    _, base = served
    for url in (base, "http://127.0.0.1:9/"):
        with pytest.raises(
            OSError, match=r"set: cannot download .*SCRATCHGAN_DATA"
        ) as e:
            download("set", source(url, "none.gz", b""), tmp_path / "cache")
        assert "\n" not in str(e.value)


def test_a_whole_set_is_downloaded_images_and_labels(served, tmp_path, monkeypatch):
    # a folder that lacks the set is passed over
    monkeypatch.setenv("SCRATCHGAN_DATA", str(tmp_path / "nothing"))
    folder, base = served
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 4), np.uint8)
    labels = np.array([2, 0, 1], np.uint8)
    sources = []
    for name, array in (("images.gz", images), ("labels.gz", labels)):
        content = gzip.compress(to_idx(array))
        (folder / name).write_bytes(content)
        sources.append(source(base, name, content))
    found = read_idx_set("set", (sources[0], sources[1]), tmp_path / "cache")
    np.testing.assert_array_equal(found.samples, images[..., None])
    assert found.labels is not None
    np.testing.assert_array_equal(found.labels, labels)
    with pytest.raises(ValueError, match=r"expected grey images .* received \(3,\)"):
        read_idx_set("set", (sources[1], sources[0]), tmp_path / "cache")


def test_the_cifar10_archive_is_read_without_extracting(served, tmp_path, monkeypatch):
    monkeypatch.delenv("SCRATCHGAN_DATA", raising=False)
    folder, base = served
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    path = folder / "cifar.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for i, image in enumerate(images):
            content = record(i, image)
            info = tarfile.TarInfo(f"cifar-10-batches-bin/data_batch_{i + 1}.bin")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    given = source(base, "cifar.tar.gz", path.read_bytes())
    found = read_cifar10(given, tmp_path / "cache")
    np.testing.assert_array_equal(found.samples, images)
    assert found.labels is not None
    assert found.labels.tolist() == list(range(5))
    kept = [p.name for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert kept == ["cifar.tar.gz"]


@pytest.mark.parametrize("sources", [MNIST, FASHION_MNIST])
def test_images_and_labels_are_of_one_set(sources):
    images, labels = sources
    assert images.base == labels.base
    assert "images" in images.file
    assert "labels" in labels.file
    assert images.checksum != labels.checksum


@pytest.mark.skipif(not (LOCAL / "mnist").is_dir(), reason="needs SCRATCHGAN_DATA")
@pytest.mark.parametrize("given", MNIST)
def test_checksums_are_those_of_the_originals(given):
    content = (LOCAL / "mnist" / given.file).read_bytes()
    algorithm, expected = given.checksum.split(":")
    assert hashlib.new(algorithm, content).hexdigest() == expected
