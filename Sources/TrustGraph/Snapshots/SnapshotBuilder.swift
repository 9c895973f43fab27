internal import Core

/// Builds a snapshot from relationships that arrive one by one.
///
/// Names become nodes in the order of arrival. The builder drops loops but keeps their citizen; of several rows for a
/// pair it keeps the one with the newest `lastInteraction`, the first of equally new ones.
package struct SnapshotBuilder: Sendable {
  /// A row as it arrived; its pair may have several.
  struct Row {
    var first: Int32
    var second: Int32
    var moment: Int32
    var trust: Double
    var strength: Double

    /// The end that isn't `node`.
    func other(than node: Int) -> Int { Int(first) == node ? Int(second) : Int(first) }
  }

  private(set) var names: [String] = []
  private(set) var nodes: [ExactText: Int] = [:]
  private(set) var moments = TextPool()
  private var rows: [Row] = []

  /// A builder whose first nodes are these names.
  package init(citizens: some Sequence<String> = []) {
    for name in citizens { _ = intern(name) }
  }

  /// A builder with the content of `snapshot`; nodes keep their numbers. O(n + m).
  init(_ snapshot: TrustSnapshot) {
    names = snapshot.names
    nodes = snapshot.nodes
    rows.reserveCapacity(snapshot.edgeCount)
    for node in 0..<snapshot.nodeCount {
      for link in snapshot.row(node) where link.neighbour > node {
        let shared = link.moment < snapshot.storage.moments.count
        let moment =
          shared
          ? moments.append(link.moment, of: snapshot.storage.moments) : moments.append(snapshot.moment(of: link))
        append(node, link.neighbour, link.trust, link.strength, moment)
      }
    }
  }

  /// Adds a relationship. O(row).
  package mutating func add(_ relationship: Relationship) {
    let first = intern(relationship.citizen1)
    let second = intern(relationship.citizen2)
    if first == second { return }
    let moment = moments.append(relationship.lastInteraction)
    append(first, second, relationship.trust ?? .nan, relationship.strength, moment)
  }

  /// The snapshot of all added relationships. O(n + m·√m).
  package func snapshot(version: Int = 1) -> TrustSnapshot {
    TrustSnapshot(storage: RowStorage(self), version: version)
  }

  private mutating func intern(_ name: String) -> Int {
    let key = ExactText(name)
    if let node = nodes[key] { return node }
    nodes[key] = names.count
    names.append(name)
    return names.count - 1
  }

  private mutating func append(_ first: Int, _ second: Int, _ trust: Double, _ strength: Double, _ moment: Int) {
    rows.append(
      Row(
        first: Int32(truncatingIfNeeded: first), second: Int32(truncatingIfNeeded: second),
        moment: Int32(truncatingIfNeeded: moment), trust: trust, strength: strength))
  }

  /// The compressed sparse rows, each sorted by neighbour. O(n + m): visiting all rows in node order and writing each
  /// link into the row of its other end leaves that row sorted, with links of one pair still in order of arrival.
  func links() -> (offsets: [Int], links: [Link]) {
    var offsets = [Int](repeating: 0, count: names.count + 1)
    for row in rows {
      offsets[Int(row.first) + 1] += 1
      offsets[Int(row.second) + 1] += 1
    }
    for node in names.indices { offsets[node + 1] += offsets[node] }
    var unsorted = [Int32](repeating: 0, count: rows.count * 2)
    var next = offsets
    for index in rows.indices {
      for node in [rows[index].first, rows[index].second] {
        unsorted[next[Int(node)]] = Int32(truncatingIfNeeded: index)
        next[Int(node)] += 1
      }
    }
    var sorted = unsorted
    next = offsets
    for node in names.indices {
      for index in unsorted[offsets[node]..<offsets[node + 1]] {
        let other = rows[Int(index)].other(than: node)
        sorted[next[other]] = index
        next[other] += 1
      }
    }
    return newest(sorted, offsets)
  }

  /// Keeps the newest of each pair's rows, which are adjacent.
  private func newest(_ sorted: [Int32], _ offsets: [Int]) -> (offsets: [Int], links: [Link]) {
    var links: [Link] = []
    links.reserveCapacity(sorted.count)
    var ends = [0]
    ends.reserveCapacity(offsets.count)
    for node in names.indices {
      var position = offsets[node]
      while position < offsets[node + 1] {
        var row = rows[Int(sorted[position])]
        let neighbour = row.other(than: node)
        position += 1
        while position < offsets[node + 1] {
          let candidate = rows[Int(sorted[position])]
          guard candidate.other(than: node) == neighbour else { break }
          if moments.isBefore(Int(row.moment), Int(candidate.moment)) { row = candidate }
          position += 1
        }
        links.append(
          Link(neighbour: neighbour, trust: row.trust, strength: row.strength, moment: Int(row.moment)))
      }
      ends.append(links.count)
    }
    return (ends, links)
  }
}
