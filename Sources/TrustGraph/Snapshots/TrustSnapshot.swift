/// The trust between all citizens at one moment: an undirected simple graph that never changes.
///
/// A snapshot is compressed sparse rows shared with its predecessors and the few rows that changed since,
/// so that the next one costs what changed, not the whole. Nodes are numbered from 0 and keep their
/// number in every later snapshot.
package struct TrustSnapshot: Sendable {
  /// Counts the snapshots from 1.
  package internal(set) var version: Int
  /// Relationships, each counted once.
  package internal(set) var edgeCount: Int
  var storage: RowStorage
  var changes = RowChanges()

  /// A first snapshot. Loops are dropped (their citizen stays), of a pair the row with the newest
  /// `lastInteraction` counts and the first of several as new. O(m log m + m·√m).
  ///
  /// - Parameter citizens: names that are known even without a relationship.
  package init(
    _ relationships: some Sequence<Relationship>, citizens: some Sequence<String> = [], version: Int = 1
  ) {
    storage = RowStorage(relationships: relationships, citizens: citizens)
    edgeCount = storage.links.count / 2
    self.version = version
  }

  /// A snapshot of nobody.
  package init() { self.init([]) }

  /// Citizens, with and without relationships.
  package var nodeCount: Int { storage.names.count + changes.names.count }

  /// The node of a citizen; nil when the name is nowhere in the data. O(name).
  package func node(of name: String) -> Int? {
    let key = CitizenName(name)
    return storage.nodes[key] ?? changes.nodes[key]
  }

  /// The username of a node.
  package func name(of node: Int) -> String {
    node < storage.names.count ? storage.names[node] : changes.names[node - storage.names.count]
  }

  /// Relationships of a node.
  package func degree(of node: Int) -> Int { row(node).count }

  /// Triangles through a node; kept from snapshot to snapshot, never counted again.
  package func triangleCount(of node: Int) -> Int {
    changes.triangles[node] ?? (node < storage.triangles.count ? storage.triangles[node] : 0)
  }

  /// What is recorded between two citizens, nil when nothing is. O(log degree).
  package func relationship(_ citizen1: String, _ citizen2: String) -> Relationship? {
    guard let first = node(of: citizen1), let second = node(of: citizen2),
      let link = row(first).link(to: second)
    else { return nil }
    return relationship(first, link)
  }

  /// Every relationship once, in the order of the nodes. O(n + m).
  package var relationships: [Relationship] {
    (0..<nodeCount).flatMap { node in
      row(node).lazy.filter { $0.neighbour > node }.map { relationship(node, $0) }
    }
  }

  /// Every username, by node. O(n).
  package var names: [String] { storage.names + changes.names }

  /// The links of a node, sorted by neighbour.
  func row(_ node: Int) -> ArraySlice<Link> {
    if !changes.rows.isEmpty, let row = changes.rows[node] { return row[...] }
    guard node < storage.names.count else { return [] }
    return storage.links[storage.offsets[node]..<storage.offsets[node + 1]]
  }

  private func relationship(_ node: Int, _ link: Link) -> Relationship {
    Relationship(
      checked: name(of: node), name(of: link.neighbour), link.trust.isNaN ? nil : link.trust,
      link.strength, link.lastInteraction)
  }
}

/// What differs from the shared rows.
struct RowChanges: Sendable {
  var names: [String] = []
  var nodes: [CitizenName: Int] = [:]
  var rows: [Int: [Link]] = [:]
  var triangles: [Int: Int] = [:]
  /// Recorded trusts that came and that went, each ascending.
  var addedTrusts: [Double] = []
  var removedTrusts: [Double] = []
  /// Relationships without recorded trust, more or fewer than in the shared rows.
  var unrecorded = 0
}
