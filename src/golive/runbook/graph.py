"""Order over named nodes: cycles, topological order, reachability; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Reach", "ancestors", "find_cycle", "reach", "topological_order"]

#: Node -> the nodes that must come before it. Insertion order breaks ties.
Graph = Mapping[str, Sequence[str]]


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Return the nodes of one cycle, the first repeated at the end; empty when there is none."""
    done: set[str] = set()
    for root in graph:
        path: list[str] = []
        stack: list[tuple[str, int]] = [(root, 0)]
        while stack:
            node, index = stack.pop()
            if node in done or node not in graph:
                continue
            if index == 0:
                if node in path:
                    return (*path[path.index(node) :], node)
                path.append(node)
            if index < len(graph[node]):
                stack.extend([(node, index + 1), (graph[node][index], 0)])
            else:
                done.add(node)
                path.pop()
    return ()


def topological_order(graph: Graph) -> tuple[str, ...]:
    """Return the nodes with each after all it needs; ties keep the graph's own order."""
    position = {node: index for index, node in enumerate(graph)}
    left = {node: len({need for need in needs if need in graph}) for node, needs in graph.items()}
    after: dict[str, list[str]] = {node: [] for node in graph}
    for node, needs in graph.items():
        for need in set(needs) & after.keys():
            after[need].append(node)
    order: list[str] = []
    ready = [node for node, needs in left.items() if not needs]
    while ready:
        order += ready
        freed = []
        for node in (later for done in ready for later in after[done]):
            left[node] -= 1
            if not left[node]:
                freed.append(node)
        ready = sorted(freed, key=position.__getitem__)
    if len(order) < len(graph):
        raise ValueError(f"cycle: {' -> '.join(find_cycle(graph))}")
    return tuple(order)


def ancestors(graph: Graph) -> dict[str, frozenset[str]]:
    """Return for each node everything that comes before it, directly or not."""
    found: dict[str, frozenset[str]] = {}
    for node in topological_order(graph):
        direct = [need for need in graph[node] if need in graph]
        found[node] = frozenset(direct).union(*(found[need] for need in direct))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What comes before and after each node, directly or not, as sets of bits.

    Bit ``n`` of a set stands for the node at position ``n``.
    """

    position: Mapping[str, int]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def bits(self, names: Iterable[str]) -> int:
        """Return the set of these nodes."""
        return sum(1 << self.position[name] for name in set(names))


def reach(graph: Graph) -> Reach:
    """Return the reach of every node. Raise ValueError on a cycle."""
    position = {node: index for index, node in enumerate(graph)}
    before, after = [0] * len(graph), [0] * len(graph)
    order = topological_order(graph)
    for node in order:
        for need in graph[node]:
            if need in position:
                before[position[node]] |= before[position[need]] | 1 << position[need]
    for node in reversed(order):
        here = position[node]
        for need in graph[node]:
            if need in position:
                after[position[need]] |= after[here] | 1 << here
    return Reach(position=position, before=tuple(before), after=tuple(after))
