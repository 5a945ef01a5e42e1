"""The M-step of one of mclust's models in plain numpy, to be read: what `engine/shapes.py` does for all."""

from __future__ import annotations

from gmm_core.engine.covariance import MODELS
from gmm_core.engine.shapes import MODELS as SHAPES
from gmm_core.engine.shapes import Model


def base(family: str) -> str:
    """The family that has the same arrays as this one, and code of its own."""
    return MODELS[family].summed.name if family in MODELS else family


def definition(family: str) -> str:
    """The function `of_model`; empty for a family that takes what its M-step finds as it is."""
    if not _is_bound(family):
        return ""
    model = SHAPES[family]
    parts = [_HEAD.format(name=model.name, looks=model.looks), _body(model), "\n\n"]
    return "".join(
        [_COMMON_AXES.format(**_WEIGHTS[model.volume]), *parts] if model.seeks_directions else parts
    )


def call(family: str, counts: str = "counts") -> str:
    """The line of an M-step that calls it, with as many rows as components have."""
    return (
        f"    covariances = of_model(covariances, {counts} / {counts}.sum(), old)\n"
        if _is_bound(family)
        else ""
    )


def before(family: str) -> str:
    """The line of an M-step that keeps the covariances that were before."""
    return "    old = covariances\n" if _is_bound(family) else ""


def _is_bound(family: str) -> bool:
    """Whether something of its covariances is in common."""
    return family in MODELS and family not in ("VVI", "VVV")


def _body(model: Model) -> str:
    if model.name == "EVV":
        return _ONE_VOLUME_OF_MATRICES
    if model.name == "EEE":
        return "    return np.repeat((shares @ covariances.reshape(k, -1)).reshape(1, d, d), k, axis=0)\n"
    if model.name == "VEE":
        return _ONE_SHAPE_OF_MATRICES
    looked_at = {"I": "    variances = covariances\n", "V": _OWN_AXES, "E": _ALONG_COMMON_AXES}[
        model.direction
    ]
    round_ones = "    variances = np.repeat(variances.mean(axis=1, keepdims=True), d, axis=1)\n"
    of_variances = {
        "EI": round_ones + _ONE_FOR_ALL,
        "VI": round_ones,
        "EE": _ONE_FOR_ALL,
        "EV": _ONE_VOLUME,
        "VE": _ONE_SHAPE,
        "VV": "",
    }[model.volume + model.shape]
    back = "variances" if model.direction == "I" else _TURNED_BACK
    return f"{looked_at}{of_variances}    return {back}\n"


_HEAD = '''\
def of_model(covariances, shares, old):
    """The likeliest covariances of the model {name}: {looks}."""
'''
_ONE_FOR_ALL = "    variances = np.repeat(shares[np.newaxis] @ variances, k, axis=0)\n"
_ONE_VOLUME = """\
    volumes = np.exp(np.log(variances).mean(axis=1))
    variances = variances * (shares @ volumes / volumes)[:, np.newaxis]
"""
_ONE_VOLUME_OF_MATRICES = """\
    volumes = np.exp(np.linalg.slogdet(covariances)[1] / d)
    return covariances * (shares @ volumes / volumes)[:, np.newaxis, np.newaxis]
"""
_ONE_SHAPE = """\
    volumes = variances.mean(axis=1)
    for _ in range(10_000):  # the shape, given the volumes, and the volumes, given the shape, in turns
        shape = shares / volumes @ variances
        before, volumes = volumes, (variances / shape).mean(axis=1)
        if np.abs(volumes / before - 1).max() < 1e-14:
            break
        volumes *= np.exp(np.log(shape).mean())
    variances = volumes[:, np.newaxis] * shape
"""
_ONE_SHAPE_OF_MATRICES = """\
    volumes = np.trace(covariances, axis1=1, axis2=2) / d
    for _ in range(10_000):  # the shape, given the volumes, and the volumes, given the shape, in turns
        shape = np.einsum("k,kij->ij", shares / volumes, covariances)
        before, volumes = volumes, np.trace(covariances @ np.linalg.inv(shape), axis1=1, axis2=2) / d
        if np.abs(volumes / before - 1).max() < 1e-14:
            break
        volumes *= np.exp(np.linalg.slogdet(shape)[1] / d)
    return volumes[:, np.newaxis, np.newaxis] * shape
"""
_OWN_AXES = """\
    variances, axes = np.linalg.eigh(covariances)  # from the shortest axis to the longest, in all alike
"""
_ALONG_COMMON_AXES = """\
    axes = common_axes(covariances, shares, old)
    variances = np.einsum("ai,kab,bi->ki", axes, covariances, axes)
"""
_TURNED_BACK = "(axes * variances[:, np.newaxis]) @ np.swapaxes(axes, -1, -2)"
_WEIGHTS = {
    "V": {"weights": "shares / x"},
    "E": {"weights": "shares * np.exp(np.log(np.einsum('kii->ki', seen)).mean(axis=1)) / x"},
}
_COMMON_AXES = '''\
def common_axes(covariances, shares, old):
    """The directions, in columns, that serve all components best, from those before on."""
    axes = np.linalg.eigh(np.einsum("k,kij->ij", 0.5 + np.arange(1, k + 1) * 0.618 % 1, old))[1]
    for _ in range(10_000):
        largest = 0.0
        for p in range(d):
            for q in range(p + 1, d):  # in each plane, the angle that lowers a bound above
                seen = axes.T @ covariances @ axes
                half, both = (seen[:, p, p] - seen[:, q, q]) / 2, seen[:, p, q]
                x = seen[:, p, p] * seen[:, q, q]
                weights = {weights}
                angle = np.arctan2(2 * weights @ (half * both), weights @ (half**2 - both**2)) / 4
                turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
                axes[:, [p, q]] = axes[:, [p, q]] @ turn
                largest = max(largest, abs(angle))
        if largest < 1e-13:
            break
    return axes


'''
