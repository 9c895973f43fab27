package import Core
internal import Glibc

/// The graph's figures for one citizen; a rule turns them into a level.
package struct CitizenMetrics: Sendable, Equatable {
  /// The number of nodes in the window, including the citizen.
  package var window: Int
  /// The number of the citizen's relationships in the window.
  package var degree: Int
  /// The number of relationships in the window.
  package var edges: Int
  /// The number of triangles through the citizen in the window.
  package var triangles: Int
  /// The sum over these triangles of the geometric mean of their three trusts, divided by 100.
  package var triangleStrengthSum: Double
  /// The number of these triangles that are crystallised.
  package var crystallised: Int
  /// The citizen's trusts in the window, descending.
  package var trusts: [Double]
  /// The first of `trusts`, as many as the options ask for.
  package var topTrusts: [Double]
  /// The best 5-cycle in the window; nil without one.
  package var pentagon: Pentagon?
  /// The median of the snapshot's trusts; nil without a relationship.
  package var median: Double?
  /// The number of relationships in the snapshot.
  package var edgesTotal: Int
  /// The version of the snapshot.
  package var snapshot: Int

  /// The object that a rule sees; without a pentagon or median these members are absent.
  package var json: JSON {
    func numbers(_ values: [Double]) -> JSON { .array(values.map(JSON.double)) }
    var object = JSON.Object([
      ("window", .integer(Int64(window))), ("degree", .integer(Int64(degree))), ("edges", .integer(Int64(edges))),
      ("triangles", .integer(Int64(triangles))), ("triangle_strength_sum", .double(triangleStrengthSum)),
      ("crystallised", .integer(Int64(crystallised))), ("top_trusts", numbers(topTrusts)), ("trusts", numbers(trusts)),
    ])
    if let pentagon {
      object.append("pentagon", ["sides": numbers(pentagon.sides), "diagonals": numbers(pentagon.diagonals)])
    }
    if let median { object.append("median", .double(median)) }
    object.append("edges_total", .integer(Int64(edgesTotal)))
    object.append("snapshot", .integer(Int64(snapshot)))
    return .object(object)
  }
}

extension TrustSnapshot {
  /// Measures a citizen. Throws `unknown_citizen` for a name that the data doesn't contain. O(links of the visited
  /// layers + window³).
  package func metrics(of citizen: String, _ options: MetricsOptions) throws(GraphError) -> CitizenMetrics {
    let node = try requiredNode(of: citizen)
    let window = window(around: node, limit: options.window, neutral: options.neutral)
    let neighbours = window.neighbours(of: 0)
    let trusts = neighbours.map { window[0, $0] }.sorted(by: >)
    var metrics = CitizenMetrics(
      window: window.count, degree: neighbours.count, edges: window.edges.count, triangles: 0,
      triangleStrengthSum: 0, crystallised: 0, trusts: trusts, topTrusts: Array(trusts.prefix(options.top)),
      pentagon: window.bestPentagon(neutral: options.neutral), median: median(neutral: options.neutral),
      edgesTotal: edgeCount, snapshot: version)
    for (index, first) in neighbours.enumerated() {
      for second in neighbours[(index + 1)...] where window.isLinked(first, second) {
        let (t1, t2, t3) = (window[0, first], window[0, second], window[first, second])
        metrics.triangles += 1
        metrics.triangleStrengthSum += cbrt(t1 * t2 * t3) / 100
        if t1 + t2 + t3 > 3 * options.crystalMean + options.tolerance { metrics.crystallised += 1 }
      }
    }
    return metrics
  }

  func requiredNode(of citizen: String) throws(GraphError) -> Int {
    guard let node = node(of: citizen) else {
      throw GraphError(.unknownCitizen, "no citizen named '\(citizen)' is in the data")
    }
    return node
  }
}
