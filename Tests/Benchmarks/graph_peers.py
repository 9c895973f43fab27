"""The work of GraphWork, done by igraph and networkit on one thread each.

`graph_peers.py igraph|networkit FILE.csv` loads the graph and answers each line of the input, the name of a piece of
work, by `{"seconds":…,"value":…}`: processor time, and a figure that tells whether the work was the same.
"""

import csv
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
NEUTRAL = 50.0
DAMPING, TOLERANCE = 0.85, 1e-10


def read(path):
    nodes, edges, trusts = {}, [], []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pair = (row["citizen1"], row["citizen2"])
            edges.append(tuple(nodes.setdefault(name, len(nodes)) for name in pair))
            trusts.append(float(row["trustScore"]) if row["trustScore"] else NEUTRAL)
    return len(nodes), edges, trusts


def igraph_work(count, edges, trusts):
    import igraph

    graph = igraph.Graph(n=count, edges=edges)
    graph.es["trust"] = trusts
    paths = sum(degree * (degree - 1) // 2 for degree in graph.degree())
    return f"igraph {igraph.__version__}", {
        # The fastest of its ways to count: three in each of the closed paths of two edges.
        "triangles": lambda: round(graph.transitivity_undirected() * paths / 3),
        "clustering": lambda: graph.transitivity_avglocal_undirected(mode="zero"),
        # PRPACK: Gauss-Seidel to a tolerance of 1e-10 of its own.
        "pagerank": lambda: max(graph.pagerank(damping=DAMPING, weights="trust")),
    }


def networkit_work(count, edges, trusts):
    import networkit

    networkit.setNumberOfThreads(1)
    plain, weighted = networkit.Graph(count), networkit.Graph(count, weighted=True)
    for (first, second), trust in zip(edges, trusts):
        plain.addEdge(first, second)
        weighted.addEdge(first, second, trust)
    plain.indexEdges()

    def triangles():
        score = networkit.sparsification.TriangleEdgeScore(plain)
        score.run()
        return sum(score.scores()) / 3

    def clustering():
        coefficient = networkit.centrality.LocalClusteringCoefficient(plain, turbo=True)
        coefficient.run()
        return sum(coefficient.scores()) / count

    def pagerank():
        rank = networkit.centrality.PageRank(weighted, damp=DAMPING, tol=TOLERANCE)
        rank.norm = networkit.centrality.Norm.L1_NORM
        rank.run()
        return max(rank.scores())

    work = {"triangles": triangles, "clustering": clustering, "pagerank": pagerank}
    return f"networkit {networkit.__version__}", work


def main():
    peers = {"igraph": igraph_work, "networkit": networkit_work}
    name, work = peers[sys.argv[1]](*read(sys.argv[2]))
    print(json.dumps({"name": name}), flush=True)
    for line in sys.stdin:
        begin = time.process_time()
        value = work[line.strip()]()
        print(json.dumps({"seconds": time.process_time() - begin, "value": value}), flush=True)


if __name__ == "__main__":
    main()
