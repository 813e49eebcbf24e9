"""What has numbers by their names, as epochs and evaluations do."""

from __future__ import annotations

from typing import Iterator, Mapping


class Numbers(Mapping[str, float]):
    """A mapping of names to the numbers in `_numbers`."""

    _numbers: dict[str, float]

    def __getitem__(self, name: str) -> float:
        return self._numbers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)
