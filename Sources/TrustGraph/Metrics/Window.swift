/// A citizen and those nearest, as an induced subgraph small enough for a matrix.
struct Window: Sendable {
  /// Nodes of the snapshot, nearest first; the citizen is at 0.
  let nodes: [Int]
  /// Usernames in the order of `nodes`.
  let names: [String]
  /// Trusts by pair of places in `nodes`, row by row; NaN where no relationship is.
  let trusts: [Double]

  var count: Int { nodes.count }

  subscript(first: Int, second: Int) -> Double { trusts[first * nodes.count + second] }

  func isLinked(_ first: Int, _ second: Int) -> Bool { !self[first, second].isNaN }

  /// Places of the nodes linked to a place, ascending.
  func neighbours(of place: Int) -> [Int] { (0..<count).filter { isLinked(place, $0) } }

  /// Relationships inside the window. O(window²).
  var edges: [(Int, Int)] {
    (0..<count).flatMap { first in (first + 1..<count).filter { isLinked(first, $0) }.map { (first, $0) } }
  }
}

extension TrustSnapshot {
  /// The window of a node: layer by layer, each ordered by the best strength + trust into the layer before,
  /// then by username. O(links of the layers reached · log window).
  func window(around center: Int, limit: Int, neutral: Double) -> Window {
    var nodes = [center]
    var layer = [center]
    var seen: Set<Int> = [center]
    while !layer.isEmpty && nodes.count < limit {
      layer = nextLayer(after: layer, seen: &seen, room: limit - nodes.count, neutral: neutral)
      nodes += layer
    }
    return inducedWindow(nodes, neutral: neutral)
  }

  private func nextLayer(after layer: [Int], seen: inout Set<Int>, room: Int, neutral: Double) -> [Int] {
    var closeness: [Int: Double] = [:]
    for node in layer {
      for link in row(node) where !seen.contains(link.neighbour) {
        let value = link.closeness(neutral: neutral)
        closeness[link.neighbour] = max(value, closeness[link.neighbour] ?? value)
      }
    }
    let nearest = nearest(room, of: closeness)
    seen.formUnion(nearest)
    return nearest
  }

  /// The first `room` by closeness descending, then username.
  private func nearest(_ room: Int, of closeness: [Int: Double]) -> [Int] {
    typealias Candidate = (node: Int, closeness: Double)
    func isBefore(_ left: Candidate, _ right: Candidate) -> Bool {
      if left.closeness != right.closeness { return left.closeness > right.closeness }
      return name(of: left.node).utf8.lexicographicallyPrecedes(name(of: right.node).utf8)
    }
    var best: [Candidate] = []
    for (node, value) in closeness {
      let candidate = (node, value)
      if best.count == room, let last = best.last, !isBefore(candidate, last) { continue }
      var (low, high) = (0, best.count)
      while low < high {
        let middle = (low + high) / 2
        if isBefore(best[middle], candidate) { low = middle + 1 } else { high = middle }
      }
      best.insert(candidate, at: low)
      if best.count > room { best.removeLast() }
    }
    return best.map(\.node)
  }

  private func inducedWindow(_ nodes: [Int], neutral: Double) -> Window {
    let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1, $0) })
    var trusts = [Double](repeating: .nan, count: nodes.count * nodes.count)
    for (place, node) in nodes.enumerated() {
      let row = row(node)
      if row.count <= nodes.count * 8 {
        for link in row {
          if let other = places[link.neighbour] { trusts[place * nodes.count + other] = link.trust(neutral: neutral) }
        }
      } else {
        for (other, neighbour) in nodes.enumerated() {
          if let link = row.link(to: neighbour) { trusts[place * nodes.count + other] = link.trust(neutral: neutral) }
        }
      }
    }
    return Window(nodes: nodes, names: nodes.map(name(of:)), trusts: trusts)
  }
}
