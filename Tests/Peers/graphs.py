"""Measures graphs with networkx and igraph, and reads exported ones with networkx.

Reads one JSON object a line and answers one a line.

  {"ask": "measure", "names": [...], "rows": [[name, name, trust | null, strength, last], ...], "neutral", "damping"}
      -> {"networkx": {...}, "igraph": {...}}, every list in the order of the names
  {"ask": "graphml" | "gexf", "text": ...}
      -> {"names": [...], "edges": [[name, name, trust | null, strength | null], ...]}
"""

import io
import json
import statistics
import sys

import igraph
import networkx


def simple(rows):
    """Of each pair the row last touched, the first of several; loops dropped."""
    pairs = {}
    for one, other, trust, strength, last in rows:
        pair = tuple(sorted((one, other)))
        if one != other and (pair not in pairs or last.encode() > pairs[pair][2].encode()):
            pairs[pair] = (trust, strength, last)
    return pairs


def numbered(labels):
    """The same partition, its parts numbered in the order of their first members."""
    numbers = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]


def median(trusts):
    return statistics.median(trusts) if trusts else None


def by_networkx(names, weights, damping):
    graph = networkx.Graph()
    graph.add_nodes_from(names)
    graph.add_weighted_edges_from((one, other, weight) for (one, other), weight in weights.items())
    component = {name: n for n, part in enumerate(networkx.connected_components(graph)) for name in part}
    cores, triangles = networkx.core_number(graph), networkx.triangles(graph)
    # Onnela's clustering has its weights over the largest; ours over 100.
    largest = max(weights.values(), default=0)
    clustering = networkx.clustering(graph, weight="weight") if largest > 0 else {}
    ranks = networkx.pagerank(graph, damping, tol=1e-13, max_iter=10_000) if names else {}
    return {
        "edges": graph.number_of_edges(),
        "degrees": [graph.degree(name) for name in names],
        "triangles": [triangles[name] for name in names],
        "components": numbered(component[name] for name in names),
        "cores": [cores[name] for name in names],
        "clustering": [clustering.get(name, 0) * largest / 100 for name in names],
        "transitivity": networkx.transitivity(graph),
        "ranks": [ranks[name] for name in names],
        "median": median([weight for _, _, weight in graph.edges.data("weight")]),
    }


def by_igraph(names, weights, damping):
    place = {name: n for n, name in enumerate(names)}
    graph = igraph.Graph(len(names), [(place[one], place[other]) for one, other in weights])
    graph.es["weight"] = list(weights.values())
    triangles, strength = [0] * len(names), [0.0] * len(names)
    for corners in graph.list_triangles():
        a, b, c = corners
        sides = (graph.es[graph.get_eid(*pair)]["weight"] for pair in ((a, b), (b, c), (a, c)))
        product = 1.0
        for side in sides:
            product *= side / 100
        for corner in corners:
            triangles[corner] += 1
            strength[corner] += product ** (1 / 3)
    degrees = graph.degree()
    return {
        "edges": graph.ecount(),
        "degrees": degrees,
        "triangles": triangles,
        "components": numbered(graph.connected_components().membership),
        "cores": graph.coreness(),
        "clustering": [2 * s / (k * (k - 1)) if k > 1 else 0 for s, k in zip(strength, degrees)],
        "transitivity": graph.transitivity_undirected(mode="zero"),
        "ranks": graph.pagerank(damping=damping, weights="weight") if names else [],
        "median": median(graph.es["weight"]),
    }


def measure(names, rows, neutral, damping):
    weights = {pair: neutral if trust is None else trust for pair, (trust, _, _) in simple(rows).items()}
    return {"networkx": by_networkx(names, weights, damping), "igraph": by_igraph(names, weights, damping)}


def graphml(text):
    graph = networkx.parse_graphml(text)
    name = networkx.get_node_attributes(graph, "name")
    edges = [[name[a], name[b], data.get("trust"), data.get("strength")] for a, b, data in graph.edges(data=True)]
    return {"names": [name[node] for node in graph], "edges": edges}


def gexf(text):
    graph = networkx.read_gexf(io.BytesIO(text.encode()))
    name = networkx.get_node_attributes(graph, "label")
    edges = [[name[a], name[b], data.get("weight"), data.get("strength")] for a, b, data in graph.edges(data=True)]
    return {"names": [name[node] for node in graph], "edges": edges}


ASKS = {"measure": measure, "graphml": graphml, "gexf": gexf}

for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(ASKS[question.pop("ask")](**question)), flush=True)
