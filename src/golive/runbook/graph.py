"""Order over named nodes: cycles, topological order, reachability; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["ancestors", "find_cycle", "topological_order"]

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
    left = {node: {need for need in needs if need in graph} for node, needs in graph.items()}
    order: list[str] = []
    while left:
        ready = [node for node, needs in left.items() if not needs]
        if not ready:
            raise ValueError(f"cycle: {' -> '.join(find_cycle(graph))}")
        for node in sorted(ready, key=position.__getitem__):
            order.append(node)
            del left[node]
        for needs in left.values():
            needs.difference_update(ready)
    return tuple(order)


def ancestors(graph: Graph) -> dict[str, frozenset[str]]:
    """Return for each node everything that comes before it, directly or not."""
    found: dict[str, frozenset[str]] = {}
    for node in topological_order(graph):
        direct = [need for need in graph[node] if need in graph]
        found[node] = frozenset(direct).union(*(found[need] for need in direct))
    return found
