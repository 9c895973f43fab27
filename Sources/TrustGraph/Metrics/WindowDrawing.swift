package import Core

/// A citizen's window for drawing: its citizens and the relationships between them.
package struct WindowDrawing: Sendable, Equatable {
  /// A citizen of the window.
  package struct Node: Sendable, Equatable {
    package var name: String
    /// The number of the citizen's relationships, including those that leave the window.
    package var degree: Int
    /// The number of triangles through the citizen, including those that leave the window.
    package var triangles: Int
  }

  /// A relationship inside the window, by the indices of its two citizens in ``nodes``.
  package struct Edge: Sendable, Equatable {
    /// The lower of the two indices.
    package var source: Int
    /// The higher of the two indices.
    package var target: Int
    /// The trust in [0, 100]; nil when not recorded.
    package var trust: Double?
    /// The strength in [0, 100].
    package var strength: Double
  }

  /// The citizens, nearest first; the measured one is at 0.
  package var nodes: [Node]
  /// The relationships, sorted by source, then target.
  package var edges: [Edge]
  /// The version of the snapshot.
  package var snapshot: Int

  /// `{"citizen","nodes":[{"name","degree","triangles"}],"edges":[{"source","target","trust","strength"}],"snapshot"}`
  package var json: JSON {
    func whole(_ value: Int) -> JSON { .integer(Int64(value)) }
    return [
      "citizen": .string(nodes.first?.name ?? ""),
      "nodes": .array(
        nodes.map { ["name": .string($0.name), "degree": whole($0.degree), "triangles": whole($0.triangles)] }),
      "edges": .array(
        edges.map { edge in
          [
            "source": whole(edge.source), "target": whole(edge.target),
            "trust": edge.trust.map { .double($0) } ?? .null, "strength": .double(edge.strength),
          ]
        }),
      "snapshot": whole(snapshot),
    ]
  }
}

extension TrustSnapshot {
  /// The window of a citizen, of at most `limit` nodes, as it is measured. Throws `unknown_citizen`, and
  /// `invalid_options` for a limit outside those of ``GraphQuery``. O(links of the layers reached · log limit +
  /// limit²).
  package func drawing(of citizen: String, limit: Int, neutral: Double) throws(GraphError) -> WindowDrawing {
    do throws(HostCallProblem) {
      try GraphQuery.check(window: limit, neutral: neutral)
    } catch {
      throw GraphError(.invalidOptions, error.message)
    }
    let window = window(around: try requiredNode(of: citizen), limit: limit, neutral: neutral)
    let nodes = window.nodes.map { node in
      WindowDrawing.Node(name: name(of: node), degree: degree(of: node), triangles: triangleCount(of: node))
    }
    let edges = window.edges.map { source, target in
      let link = row(window.nodes[source]).link(to: window.nodes[target])
      let trust = link.flatMap { $0.trust.isNaN ? nil : $0.trust }
      return WindowDrawing.Edge(source: source, target: target, trust: trust, strength: link?.strength ?? 0)
    }
    return WindowDrawing(nodes: nodes, edges: edges, snapshot: version)
  }
}
