"""What the suite can find, and how it says so."""

from dataclasses import dataclass, field

#: Every known defect, and how it is mended.
DEFECTS = {
    "penalty never differentiated": (
        "add ∂θ P to the critic's gradient: a tangent sweep up along v = ∂P/∂g and a "
        "tangent-carrying sweep down (in PyTorch, create_graph=True)"
    ),
    "norm over the wrong axis": (
        "take the norm over all axes of a sample together, and none of the batch: "
        "flatten to (N, −1) first"
    ),
    "norm over the whole batch": (
        "take one norm a sample, and the mean over samples after (‖gₙ‖ − 1)²"
    ),
    "one ε for the batch": "draw ε of shape (N, 1, …), one number for each sample",
    "sum instead of mean": "divide by the batch size, in the value and in the gradient",
    "squared norm without root": "take the root before subtracting one: (‖g‖ − 1)²",
    "f″ sweep missing": (
        "sweep 4: each activation adds f″(z) tz dy to the tangent of the cotangent, "
        "which gives biases their gradient, and weights the term xᵀ tδ"
    ),
    "reverse sweep missing": (
        "carry tδ = f″ tz dy + f′ tdy down through every layer, into its weights "
        "(xᵀ tδ), its bias and the layer below (tδ Wᵀ)"
    ),
    "generator gradient not through the critic": (
        "start with dD = −1/N at the scores, go down through the critic to x_fake, and "
        "from there down through the generator"
    ),
    "wrong sign": (
        "the critic minimises mean D(x_fake) − mean D(x_real) + P, the generator "
        "−mean D(x_fake)"
    ),
    "extra optimiser step": (
        "add the gradients of loss and penalty, then step the optimiser once"
    ),
    "NaN at zero gradient": (
        "at g = 0 take the subgradient 0 of the norm, or √(Σ g² + 1e-12)"
    ),
    "x̂ not treated as constant": (
        "detach x_fake before the interpolation; only the critic descends the penalty"
    ),
}

#: The name of what is wrong and fits none of them.
UNKNOWN = "unknown defect"


@dataclass(frozen=True)
class Finding:
    """One defect.

    Parameters
    ----------
    name : str
        A key of `DEFECTS`, or `UNKNOWN`.
    measured : str
        What the code gave.
    expected : str
        What is right.
    """

    name: str
    measured: str
    expected: str

    def __post_init__(self) -> None:
        if self.name not in DEFECTS and self.name != UNKNOWN:
            raise ValueError(f"name: expected a known defect, received {self.name!r}")

    @property
    def remedy(self) -> str:
        """How it is mended."""
        return DEFECTS.get(self.name, "compare the formula with the measured errors")

    def __str__(self) -> str:
        return (
            f"DEFECT {self.name}: {self.measured}; right: {self.expected}. "
            f"To mend it: {self.remedy}."
        )


@dataclass(frozen=True)
class Conformance:
    """What the suite found.

    Parameters
    ----------
    findings : tuple of Finding
        One for each defect.
    not_checked : dict of str to str
        Known defects that could not be looked for, and why.
    remarks : tuple of str
        What was seen and is right as well.
    """

    findings: tuple[Finding, ...]
    not_checked: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no defect was found. See `not_checked` for what that covers."""
        return not self.findings

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the defects found, each once."""
        return tuple(dict.fromkeys(finding.name for finding in self.findings))

    def __str__(self) -> str:
        lines = [str(finding) for finding in self.findings]
        checked = len(DEFECTS) - len(self.not_checked)
        if self.passed:
            lines.append(f"no defect found; {checked} of {len(DEFECTS)} looked for")
        lines += [f"not checked: {n}: {why}" for n, why in self.not_checked.items()]
        return "\n".join([*lines, *(f"remark: {text}" for text in self.remarks)])


class Notes:
    """Findings while they are collected: of a known defect, the first stays."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.not_checked: dict[str, str] = {}
        self.remarks: list[str] = []

    def found(self, name: str, measured: str, expected: str) -> None:
        """Add a defect."""
        if name == UNKNOWN or all(each.name != name for each in self.findings):
            self.findings.append(Finding(name, measured, expected))

    def skipped(self, name: str, why: str) -> None:
        """Say that a defect was not looked for."""
        self.not_checked.setdefault(name, why)

    def result(self) -> Conformance:
        """What was collected; a named defect found elsewhere counts as looked for."""
        found = Conformance(tuple(self.findings))
        skipped = {n: w for n, w in self.not_checked.items() if n not in found.names}
        return Conformance(found.findings, skipped, tuple(self.remarks))
