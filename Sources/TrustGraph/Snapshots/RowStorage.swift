/// The graph in compressed sparse rows, never changed after it is made; snapshots share it.
final class RowStorage: Sendable {
  /// Usernames by node.
  let names: [String]
  let nodes: [CitizenName: Int]
  /// Node `n` owns `links[offsets[n]..<offsets[n + 1]]`, sorted by neighbour.
  let offsets: [Int]
  let links: [Link]
  /// Triangles through each node.
  let triangles: [Int]
  /// Every recorded trust, ascending.
  let sortedTrusts: [Double]
  /// Relationships without a recorded trust.
  let unrecorded: Int

  /// Rows of these relationships. O(m log m + m·√m).
  init(relationships: some Sequence<Relationship>, citizens: some Sequence<String>) {
    var rows = RowCollection()
    for name in citizens { _ = rows.intern(name) }
    for relationship in relationships { rows.add(relationship) }
    let (offsets, links) = rows.rows()
    names = rows.names
    nodes = rows.nodes
    self.offsets = offsets
    self.links = links
    triangles = Self.countTriangles(offsets: offsets, links: links)
    let trusts = rows.pairs.map(\.link.trust)
    sortedTrusts = trusts.filter { !$0.isNaN }.sorted()
    unrecorded = trusts.count - sortedTrusts.count
  }

  /// Triangles through each node: every edge points at the end of higher degree, so that no node
  /// has more than √(2m) forward neighbours. O(m·√m).
  private static func countTriangles(offsets: [Int], links: [Link]) -> [Int] {
    let count = offsets.count - 1
    func isBefore(_ a: Int, _ b: Int) -> Bool {
      let (left, right) = (offsets[a + 1] - offsets[a], offsets[b + 1] - offsets[b])
      return left == right ? a < b : left < right
    }
    let forward = (0..<count).map { node in
      links[offsets[node]..<offsets[node + 1]].lazy.map(\.neighbour).filter { isBefore(node, $0) }
    }.map(Array.init)
    var triangles = [Int](repeating: 0, count: count)
    var mark = [Int](repeating: -1, count: count)
    for node in 0..<count {
      for neighbour in forward[node] { mark[neighbour] = node }
      for neighbour in forward[node] {
        for third in forward[neighbour] where mark[third] == node {
          triangles[node] += 1
          triangles[neighbour] += 1
          triangles[third] += 1
        }
      }
    }
    return triangles
  }
}

/// Relationships on their way into rows: names become nodes, loops go, of a pair the newest stays.
private struct RowCollection {
  var names: [String] = []
  var nodes: [CitizenName: Int] = [:]
  /// `link.neighbour` is the higher node.
  var pairs: [(low: Int, link: Link)] = []
  private var places: [SIMD2<Int>: Int] = [:]

  mutating func intern(_ name: String) -> Int {
    let key = CitizenName(name)
    if let node = nodes[key] { return node }
    nodes[key] = names.count
    names.append(name)
    return names.count - 1
  }

  mutating func add(_ relationship: Relationship) {
    let first = intern(relationship.citizen1)
    let second = intern(relationship.citizen2)
    if first == second { return }
    let (low, high) = (min(first, second), max(first, second))
    let link = Link(
      neighbour: high, trust: relationship.trust ?? .nan, strength: relationship.strength,
      lastInteraction: relationship.lastInteraction)
    if let place = places[SIMD2(low, high)] {
      if relationship.isNewer(than: pairs[place].link.lastInteraction) { pairs[place].link = link }
    } else {
      places[SIMD2(low, high)] = pairs.count
      pairs.append((low, link))
    }
  }

  func rows() -> (offsets: [Int], links: [Link]) {
    var offsets = [Int](repeating: 0, count: names.count + 1)
    for pair in pairs {
      offsets[pair.low + 1] += 1
      offsets[pair.link.neighbour + 1] += 1
    }
    for node in 0..<names.count { offsets[node + 1] += offsets[node] }
    let empty = Link(neighbour: 0, trust: 0, strength: 0, lastInteraction: "")
    var links = [Link](repeating: empty, count: pairs.count * 2)
    var next = offsets
    func place(_ node: Int, _ link: Link) {
      links[next[node]] = link
      next[node] += 1
    }
    for pair in pairs {
      var back = pair.link
      back.neighbour = pair.low
      place(pair.low, pair.link)
      place(pair.link.neighbour, back)
    }
    for node in 0..<names.count { links[offsets[node]..<offsets[node + 1]].sort { $0.neighbour < $1.neighbour } }
    return (offsets, links)
  }
}

extension Relationship {
  /// Whether this row replaces one that was last touched then; a tie keeps the earlier row.
  func isNewer(than lastInteraction: String) -> Bool {
    lastInteraction.utf8.lexicographicallyPrecedes(self.lastInteraction.utf8)
  }
}
