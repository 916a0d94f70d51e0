"""What a training shows while it runs: a live table on a terminal, else lines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table

from scratchgan.training.folder import RunConfig
from scratchgan.training.trainer import Progress

Report = Callable[[Progress], None]
SECONDS_BETWEEN_LINES = 10.0

#: What a reader of the display wants named in full.
LABELS = {
    "critic_loss": "critic loss",
    "discriminator_loss": "discriminator loss",
    "generator_loss": "generator loss",
    "discriminators_loss": "discriminators' loss",
    "generators_loss": "generators' loss",
    "cycle_loss": "cycle loss",
    "identity_loss": "identity loss",
    "discriminators_gradient_norm": "discriminators' gradient norm",
    "generators_gradient_norm": "generators' gradient norm",
    "wasserstein": "Wasserstein estimate",
    "penalty": "gradient penalty",
    "input_gradient_norm": "‖∇ₓD(x̂)‖",
    "real_score": "real score",
    "fake_score": "fake score",
    "critic_gradient_norm": "critic gradient norm",
    "discriminator_gradient_norm": "discriminator gradient norm",
    "generator_gradient_norm": "generator gradient norm",
}


@contextmanager
def display(config: RunConfig, folder: Path, first: int) -> Iterator[Report]:
    """Within the block, the function given shows the progress of a run."""
    console = Console()
    title = f"{config.recipe} on {config.data}, seed {config.seed} → {folder}"
    if console.is_terminal:
        with _live(console, title, first, config.settings.steps) as report:
            yield report
    else:
        print(title, flush=True)
        yield _lines(first)


@contextmanager
def _live(console: Console, title: str, first: int, steps: int) -> Iterator[Report]:
    bar = Bar(
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    task = bar.add_task("", total=steps, completed=first, rate="")

    def show(progress: Progress) -> None:
        bar.update(task, completed=progress.step, rate=_pace(progress, first))
        live.update(Group(title, bar, _table(progress.values)))

    with Live(Group(title, bar), console=console, refresh_per_second=4) as live:
        yield show


def _lines(first: int) -> Report:
    shown = time.perf_counter()

    def show(progress: Progress) -> None:
        nonlocal shown
        now = time.perf_counter()
        ends = progress.step in (first + 1, progress.steps)
        if not ends and now - shown < SECONDS_BETWEEN_LINES:
            return
        shown = now
        values = "  ".join(
            f"{LABELS.get(name, name)} {value:.4g}"
            for name, value in progress.values.items()
        )
        where = f"step {progress.step}/{progress.steps}"
        print(f"{where}  {_pace(progress, first)}  {values}", flush=True)

    return show


def _table(values: dict[str, float]) -> Table:
    """Two quantities a line."""
    table = Table.grid(padding=(0, 2))
    cells = [
        (LABELS.get(name, name), f"{value:10.4f}") for name, value in values.items()
    ]
    cells += [("", "")] * (len(cells) % 2)
    for left, right in zip(cells[::2], cells[1::2], strict=True):
        table.add_row(*left, *right)
    return table


def _pace(progress: Progress, first: int) -> str:
    rate = (progress.step - first) / max(progress.seconds, 1e-9)
    left = (progress.steps - progress.step) / max(rate, 1e-9)
    return f"{rate:.1f} steps/s, {_clock(left)} left"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
