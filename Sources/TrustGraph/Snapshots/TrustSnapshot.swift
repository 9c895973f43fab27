internal import HashTreeCollections

/// The trust between all citizens at one moment: an undirected simple graph that never changes.
///
/// A snapshot is compressed sparse rows shared with its predecessors and the few rows that changed since, in hash
/// tries that two snapshots share but for the paths to what differs. So the next one costs what changed, not the whole.
/// Nodes are numbered from 0 and keep their number in every later snapshot.
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
    var builder = SnapshotBuilder(citizens: citizens)
    for relationship in relationships { builder.add(relationship) }
    self = builder.snapshot(version: version)
  }

  /// A snapshot of nobody.
  package init() { self.init([]) }

  /// What is in these rows, nothing changed since.
  init(storage: RowStorage, version: Int) {
    self.storage = storage
    self.version = version
    edgeCount = storage.links.count / 2
  }

  /// Citizens, with and without relationships.
  package var nodeCount: Int { storage.names.count + changes.names.count }

  /// The node of a citizen; nil when the name is nowhere in the data. O(name).
  package func node(of name: String) -> Int? {
    let key = CitizenName(name)
    return storage.nodes[key] ?? changes.nodes[key]
  }

  /// The username of a node.
  package func name(of node: Int) -> String {
    node < storage.names.count ? storage.names[node] : changes.names[node] ?? ""
  }

  /// Relationships of a node.
  package func degree(of node: Int) -> Int { row(node).count }

  /// Triangles through a node; kept from snapshot to snapshot, never counted again.
  package func triangleCount(of node: Int) -> Int {
    if let count = changes.triangles[node] { return count }
    return node < storage.triangles.count ? storage.triangles[node] : 0
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
  package var names: [String] { storage.names + (storage.names.count..<nodeCount).map(name(of:)) }

  /// The node of each username. O(n) when there are new ones since the rows were written.
  var nodes: [CitizenName: Int] {
    var nodes = storage.nodes
    for (name, node) in changes.nodes { nodes[name] = node }
    return nodes
  }

  /// The links of a node, sorted by neighbour.
  func row(_ node: Int) -> ArraySlice<Link> {
    if !changes.rows.isEmpty, let row = changes.rows[node] { return row[...] }
    guard node < storage.names.count else { return [] }
    return storage.links[storage.offsets[node]..<storage.offsets[node + 1]]
  }

  /// The `lastInteraction` of a link.
  func moment(of link: Link) -> String {
    let place = link.moment
    return place < storage.moments.count ? storage.moments[place] : changes.moments[place] ?? ""
  }

  private func relationship(_ node: Int, _ link: Link) -> Relationship {
    Relationship(
      checked: name(of: node), name(of: link.neighbour), link.trust.isNaN ? nil : link.trust,
      link.strength, moment(of: link))
  }
}

/// What differs from the shared rows.
struct RowChanges: Sendable {
  /// Usernames by node, and back.
  var names: TreeDictionary<Int, String> = [:]
  var nodes: TreeDictionary<CitizenName, Int> = [:]
  var rows: TreeDictionary<Int, [Link]> = [:]
  var triangles: TreeDictionary<Int, Int> = [:]
  /// Numbered on from the moments of the shared rows.
  var moments: TreeDictionary<Int, String> = [:]
  /// Recorded trusts that came, and those of the shared rows that went.
  var addedTrusts = SortedTrusts()
  var removedTrusts = SortedTrusts()
  /// Relationships without recorded trust, more or fewer than in the shared rows.
  var unrecorded = 0

  /// Whether rows and nodes are those of the shared rows.
  var isEmpty: Bool { rows.isEmpty && names.isEmpty }

  /// How much there is.
  var weight: Int { max(rows.count, names.count, moments.count, addedTrusts.count, removedTrusts.count) }
}
