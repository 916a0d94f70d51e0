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

from scratchgan.data import ArrayDataset, load, named
from scratchgan.data.named import CIFAR10_RECORD, Source, download, parse_cifar10

LOCAL = Path(os.environ.get("SCRATCHGAN_DATA", "nowhere"))


def samples_of(name):
    data = load(name)
    assert isinstance(data, ArrayDataset)
    return data.samples


def test_digits_are_ten_thousand_and_small():
    assert samples_of("digits").shape == (10_000, 28, 28, 1)
    folder = resources.files("scratchgan.data") / "digits"
    files = {f.name: len(f.read_bytes()) for f in folder.iterdir()}
    assert sum(files.values()) <= 2 * 2**20
    assert "LICENSE.md" in files
    labels = gzip.decompress((folder / "digits-labels-idx1-ubyte.gz").read_bytes())
    counts = np.bincount(np.frombuffer(labels, np.uint8, offset=8))
    assert counts.sum() == 10_000
    assert counts.min() > 800


@pytest.mark.skipif(not (LOCAL / "mnist").is_dir(), reason="needs SCRATCHGAN_DATA")
def test_digits_are_the_first_of_mnist_and_mnist_is_the_original():
    mnist = samples_of("mnist")
    assert len(mnist) == 60_000
    np.testing.assert_array_equal(mnist[:10_000], samples_of("digits"))
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
    np.testing.assert_array_equal(parse_cifar10(content, "x"), images)
    for bad in (b"", content[:-1]):
        with pytest.raises(
            ValueError, match=f"expected records of {CIFAR10_RECORD} bytes"
        ):
            parse_cifar10(bad, "x")


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
    idx = struct.pack(">4I", 0x803, 2, 2, 2) + bytes(range(8))
    (tmp_path / "fashion-mnist" / "train-images-idx3-ubyte").write_bytes(idx)
    assert samples_of("fashion-mnist").ravel().tolist() == list(range(8))
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


def test_the_cifar10_archive_is_read_without_extracting(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    path = tmp_path / "cifar.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for i, image in enumerate(images):
            content = record(0, image)
            info = tarfile.TarInfo(f"cifar-10-batches-bin/data_batch_{i + 1}.bin")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    found = np.concatenate(named._unpack_cifar10(path))
    np.testing.assert_array_equal(found, images)
    assert [p.name for p in tmp_path.iterdir()] == ["cifar.tar.gz"]
