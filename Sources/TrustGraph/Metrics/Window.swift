internal import Core

/// A citizen and the nearest others, as an induced subgraph small enough for a matrix.
struct Window: Sendable {
  /// Nodes of the snapshot, nearest first; the citizen is at 0.
  let nodes: [Int]
  /// Usernames in the order of `nodes`.
  let names: [String]
  /// The trusts by pair of indices into `nodes`, row by row; NaN without a relationship.
  let trusts: [Double]

  var count: Int { nodes.count }

  subscript(first: Int, second: Int) -> Double { trusts[first * nodes.count + second] }

  func isLinked(_ first: Int, _ second: Int) -> Bool { !self[first, second].isNaN }

  /// The indices of the nodes linked to an index, ascending.
  func neighbours(of place: Int) -> [Int] { (0..<count).filter { isLinked(place, $0) } }

  /// Relationships inside the window. O(window²).
  var edges: [(Int, Int)] {
    (0..<count).flatMap { first in (first + 1..<count).filter { isLinked(first, $0) }.map { (first, $0) } }
  }
}

extension TrustSnapshot {
  /// The window of a node: layer by layer, each ordered by the best strength + trust into the layer before,
  /// then by username. O(links of the layers reached, and limit for each that comes in).
  func window(around center: Int, limit: Int, neutral: Double) -> Window {
    var nodes = [center]
    var layer = [center]
    while !layer.isEmpty && nodes.count < limit {
      layer = nextLayer(after: layer, seen: nodes, room: limit - nodes.count, neutral: neutral)
      nodes += layer
    }
    return inducedWindow(nodes, neutral: neutral)
  }

  /// The first `room` nodes of the next layer, ordered by their best link from `layer`, then username. Examines closely
  /// only links that beat the worst of the best so far.
  private func nextLayer(after layer: [Int], seen: [Int], room: Int, neutral: Double) -> [Int] {
    typealias Candidate = (node: Int, closeness: Double)
    func isBefore(_ left: Candidate, _ right: Candidate) -> Bool {
      if left.closeness != right.closeness { return left.closeness > right.closeness }
      return ExactText(name(of: left.node)) < ExactText(name(of: right.node))
    }
    var best: [Candidate] = []
    var threshold = -Double.infinity
    for node in layer {
      for link in row(node) {
        let candidate = (node: link.neighbour, closeness: link.closeness(neutral: neutral))
        if candidate.closeness < threshold || seen.contains(candidate.node) { continue }
        if let known = best.firstIndex(where: { $0.node == candidate.node }) {
          if candidate.closeness <= best[known].closeness { continue }
          best.remove(at: known)
        }
        if best.count == room, let last = best.last, !isBefore(candidate, last) { continue }
        best.insert(candidate, at: best.partition { isBefore(candidate, $0) })
        if best.count > room { best.removeLast() }
        if best.count == room, let last = best.last { threshold = last.closeness }
      }
    }
    return best.map(\.node)
  }

  /// The relationships among these nodes. Scans short rows, which cover both directions, and searches pairs of long
  /// rows, so that most of a long row stays untouched.
  private func inducedWindow(_ nodes: [Int], neutral: Double) -> Window {
    let places = PlaceTable(nodes)
    let count = nodes.count
    var trusts = [Double](repeating: .nan, count: count * count)
    func put(_ link: Link, _ first: Int, _ second: Int) {
      trusts[first * count + second] = link.trust(neutral: neutral)
      trusts[second * count + first] = link.trust(neutral: neutral)
    }
    var long: [Int] = []
    for (place, node) in nodes.enumerated() {
      let row = row(node)
      if row.count > 2 * count {
        long.append(place)
        continue
      }
      for link in row {
        if let other = places[link.neighbour] { put(link, place, other) }
      }
    }
    for (index, first) in long.enumerated() {
      let row = row(nodes[first])
      for second in long[..<index] {
        if let link = row.link(to: nodes[second]) { put(link, first, second) }
      }
    }
    return Window(nodes: nodes, names: nodes.map(name(of:)), trusts: trusts)
  }
}

/// The index of each of a few nodes: a hash table with linear probing, at most an eighth full, so that one look mostly
/// rules out an absent node.
private struct PlaceTable {
  private let nodes: [Int]
  /// The index in each slot; -1 in an empty one.
  private var slots: [Int16]

  init(_ nodes: [Int]) {
    self.nodes = nodes
    var size = 64
    while size < nodes.count * 8 { size *= 2 }
    slots = [Int16](repeating: -1, count: size)
    for (place, node) in nodes.enumerated() {
      var slot = node & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int16(truncatingIfNeeded: place)
    }
  }

  subscript(node: Int) -> Int? {
    var slot = node & (slots.count - 1)
    while slots[slot] >= 0 {
      let place = Int(slots[slot])
      if nodes[place] == node { return place }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }
}
