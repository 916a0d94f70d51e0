"""Text as windows of characters: a named text, or any file in UTF-8.

A text becomes a row of symbols in three steps:

* **One line.** A leading byte order mark is dropped, and every run of white space (line
  ends among it) becomes one space. Nothing else is changed.
* **Two parts.** The last tenth is held out and never trained on: what is generated is
  compared with it.
* **An alphabet.** The most frequent characters of the training part, the most frequent
  first and equally frequent ones by code point, and as its last symbol `REST`, which
  stands for all others.

A sample is a window of `length` characters at a random place of the training part, as
one-hot vectors. The WGAN-GP authors took lines of a file of sentences instead, cut or
padded to the length: their samples begin where a sentence begins, ours anywhere.
"""

import difflib
import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchgan.data.fetch import Source, download, local_folder
from scratchgan.data.gzipped import read_maybe_gzipped
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape

#: What stands for every character that is not in the alphabet.
REST = "\N{REPLACEMENT CHARACTER}"
#: One character in so many is held out.
HELD_OUT = 10

#: Texts by name: the file below SCRATCHGAN_DATA/text, and where it comes from.
TEXTS = {
    "tinyshakespeare": (
        "tinyshakespeare.txt",
        Source(
            "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/"
            "tinyshakespeare/",
            "input.txt",
            "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        ),
    ),
    "war-and-peace": (
        "war_and_peace.txt",
        Source(
            "https://cs.stanford.edu/people/karpathy/char-rnn/",
            "warpeace_input.txt",
            "sha256:cea8ccb6e581165e7b0988ab7e28cccc9447af1e0b1278ac8baeb8f359d9ce62",
        ),
    ),
    "names": (
        "names.txt",
        Source(
            "https://raw.githubusercontent.com/karpathy/makemore/master/",
            "names.txt",
            "sha256:0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        ),
    ),
}


# eq=False: comparing arrays gives arrays, so a generated == could only raise
@dataclass(frozen=True, eq=False)
class TextDataset:
    """Windows of a text, as one-hot vectors.

    Parameters
    ----------
    name : str
        As asked for.
    symbols : Array
        The training part, integers ``(M,)``: places in the alphabet.
    held_out : Array
        The rest of the text, likewise; it is never trained on.
    alphabet : str
        V characters, `REST` the last.
    length : int
        L, of a window.
    """

    name: str
    symbols: Array
    held_out: Array
    alphabet: str
    length: int

    @property
    def shape(self) -> Shape:
        """(L, V)."""
        return (self.length, len(self.alphabet))

    @property
    def digest(self) -> str:
        """BLAKE2b of both parts and the alphabet, 16 hexadecimal digits."""
        found = hashlib.blake2b(self.alphabet.encode(), digest_size=8)
        for part in (self.symbols, self.held_out):
            found.update(b"|" + np.ascontiguousarray(part).data)
        return found.hexdigest()

    def windows(self, seed: int, index: int, size: int) -> Array:
        """Windows ``(size, L)`` at random places of the training part."""
        stream = Stream(seed, "data/windows")
        starts = stream.integers(index, len(self.symbols) - self.length + 1, (size,))
        return self.symbols[starts[:, None] + np.arange(self.length)]

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, L, V)``."""
        return one_hot(self.windows(seed, index, size), len(self.alphabet))

    def decode(self, samples: Array) -> list[str]:
        """The most probable text of each of ``(N, L, V)``."""
        return ["".join(self.alphabet[i] for i in row) for row in samples.argmax(-1)]


def one_hot(symbols: Array, size: int) -> Array:
    """Integers ``(…)`` in [0, size) as float32 unit vectors ``(…, size)``."""
    return np.eye(size, dtype=np.float32)[symbols]


def load_text(source: str, length: int, alphabet_size: int) -> TextDataset:
    """Windows of a text by name or by path.

    Parameters
    ----------
    source : str
        A name in `TEXTS`, or the path of a text file in UTF-8, gzipped or not.
    length : int
        Characters in a window.
    alphabet_size : int
        Symbols at most, `REST` among them.

    Raises
    ------
    ValueError, OSError
        If there is no such text, or it cannot be used; one line that says why.
    """
    text = one_line(read_text(find_text(source)))
    held_out = len(text) // HELD_OUT
    if held_out < length:
        raise ValueError(
            f"{source}: expected at least {HELD_OUT * length} characters, so that the "
            f"last tenth holds a window of {length}, received {len(text)}"
        )
    training = text[: len(text) - held_out]
    alphabet = alphabet_of(training, alphabet_size)
    place = {character: i for i, character in enumerate(alphabet)}
    rest = len(alphabet) - 1
    symbols = np.array([place.get(character, rest) for character in text], np.int32)
    return TextDataset(
        source, symbols[: len(training)], symbols[len(training) :], alphabet, length
    )


def find_text(source: str, cache: Path | None = None) -> Path:
    """Where the text is: a path as it stands, or a named one, fetched if need be."""
    if source not in TEXTS:
        return _existing(source)
    file, origin = TEXTS[source]
    folder = local_folder("text")
    if folder is not None and (folder / file).is_file():
        return folder / file
    return download("text", origin, cache)


def read_text(path: Path) -> str:
    """The characters of a file in UTF-8, gzipped or not, without a byte order mark.

    Raises
    ------
    ValueError
        If it is empty, or not UTF-8: names the first byte that is not.
    """
    content = read_maybe_gzipped(path)
    if not content:
        raise ValueError(f"{path}: the file is empty")
    try:
        return content.decode("utf-8").removeprefix("\N{BYTE ORDER MARK}")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: not UTF-8: {error.reason} at byte {error.start} "
            f"(0x{content[error.start]:02x})"
        ) from None


def one_line(text: str) -> str:
    """`text` with every run of white space as one space, and none at its ends."""
    return " ".join(text.split())


def alphabet_of(text: str, size: int) -> str:
    """At most `size` symbols: the most frequent characters of `text`, then `REST`."""
    counts = Counter(text)
    del counts[REST]
    ranked = sorted(counts, key=lambda character: (-counts[character], character))
    return "".join(ranked[: size - 1]) + REST


def _existing(source: str) -> Path:
    path = Path(source)
    if path.is_dir():
        raise ValueError(f"data: {source}: expected a text file, received a folder")
    if path.is_file():
        return path
    close = difflib.get_close_matches(source, TEXTS, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    if os.sep in source or source.lower().endswith((".txt", ".gz")):
        raise FileNotFoundError(f"data: {source}: no such file")
    raise ValueError(
        f"data: unknown text {source!r}{hint} (known: {', '.join(TEXTS)}; "
        "or the path of a text file)"
    )
