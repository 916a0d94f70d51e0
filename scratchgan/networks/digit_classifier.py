"""A classifier of digits whose last hidden layer serves as features.

Three convolutions, two of which halve the image, and two dense layers. The features are
what the first dense layer gives *after* its ReLU: non-negative, most of them zero for
any one digit, and the logits are affine in them. Half of them are dropped in training,
so that no feature can rely on another.
"""

from scratchgan.layers import Conv2d, Dense, Dropout, Flatten, Layer, ReLU, Sequential


def digit_classifier(features: int = 128, classes: int = 10) -> Sequential:
    """(N, 28, 28, 1) to logits (N, classes), in two parts: 28 → 14 → 7 → D → K.

    Parameters
    ----------
    features : int
        D, width of the last hidden layer.
    classes : int
        K.

    Returns
    -------
    Sequential
        Of two: images to features (N, D), and features to logits.
    """
    trunk: list[Layer] = [Conv2d(32, 5, 2, 2), ReLU()]
    trunk += [Conv2d(64, 4, 2, 1), ReLU(), Conv2d(64, 3, 1, 1), ReLU()]
    trunk += [Flatten(), Dense(features), ReLU()]
    return Sequential([Sequential(trunk), Sequential([Dropout(0.5), Dense(classes)])])
