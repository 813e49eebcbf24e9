"""Whether the shapes of a model's tensors fit each other, and which tensor is to blame where they do not.

Every size of a tensor is the sum of some named sizes of the model: a linear layer that reads three layers side by side
has `embed_hidden + embed_hidden + embed_output` inputs. All the tensors together say what the named sizes are, most of
them many times over. Where they contradict each other, the tensor to blame is the one without which they do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from .tables import Shape

MOST_SUSPECTS = 1000
"""So many tensors, and no more, are asked in turn whether the others agree without them, which takes the square of
their number. Models have some hundred."""


@dataclass(frozen=True)
class Claim:
    """What a tensor says: `shape` is found, `dims` are the names whose sizes add up to each of its sizes."""

    name: str
    shape: tuple[int, ...]
    dims: Shape


def check(claims: Sequence[Claim]) -> dict[str, int]:
    """The named sizes. A contradiction is a ValueError that names the tensor, its shape and the shape it must have."""
    fitting = [claim for claim in claims if len(claim.shape) == len(claim.dims)]
    sizes, culprit = _solve(fitting)
    if len(fitting) < len(claims):
        culprit = next(claim for claim in claims if len(claim.shape) != len(claim.dims))
        raise ValueError(_complaint(culprit, sizes))
    if culprit is None:
        return sizes
    # Usually one. Two tensors may stand against each other with nothing to tell which is right.
    suspects = []
    for claim in claims if len(claims) <= MOST_SUSPECTS else []:
        others, contradiction = _solve([other for other in claims if other is not claim])
        if contradiction is None:
            suspects.append(_complaint(claim, others))
    raise ValueError(", or ".join(suspects) or _complaint(culprit, sizes))


def _solve(claims: Sequence[Claim]) -> tuple[dict[str, int], Claim | None]:
    """The named sizes as far as they follow, and the first claim that contradicts those before it, if one does."""
    sizes: dict[str, int] = {}
    waiting = [(claim, size, dim) for claim in claims for size, dim in zip(claim.shape, claim.dims)]
    while waiting:
        unclear = []
        for entry in waiting:
            claim, size, dim = entry
            unknown = {name for name in dim if name not in sizes}
            if len(unknown) > 1:
                unclear.append(entry)
                continue
            rest = size - sum(sizes[name] for name in dim if name in sizes)
            if unknown:
                (name,) = unknown
                sizes[name], rest = divmod(rest, dim.count(name))
            if rest or size < 1 or any(sizes[name] < 1 for name in unknown):
                for name in unknown:
                    del sizes[name]
                return sizes, claim
        if len(unclear) == len(waiting):
            break
        waiting = unclear
    return sizes, None


def _complaint(claim: Claim, sizes: dict[str, int]) -> str:
    wanted = []
    for dim in claim.dims:
        unknown = [name for name in dim if name not in sizes]
        if not unknown:
            wanted.append(str(sum(sizes[name] for name in dim)))
        elif len(unknown) == len(dim) and len(dim) > 1 and len(set(dim)) == 1:
            wanted.append(f"a multiple of {len(dim)}")
        else:
            wanted.append("any")
    return f"tensor {claim.name!r} has shape {list(claim.shape)}, but must have [{', '.join(wanted)}]"
