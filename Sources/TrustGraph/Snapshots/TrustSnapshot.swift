internal import Core
internal import HashTreeCollections

/// The trust between all citizens at one moment: an immutable, undirected simple graph.
///
/// A snapshot shares compressed sparse rows with its predecessors and keeps the rows that changed since in hash tries,
/// which two snapshots share except for the paths to their differences. So the next snapshot costs as much as its
/// changes, not the whole graph. Nodes are numbered from 0 and keep their number in every later snapshot.
package struct TrustSnapshot: Sendable {
  /// The number of this snapshot, from 1.
  package internal(set) var version: Int
  /// The number of relationships.
  package internal(set) var edgeCount: Int
  var storage: RowStorage
  var changes = RowChanges()

  /// A first snapshot. Drops loops but keeps their citizen; of several rows for a pair, keeps the one with the newest
  /// `lastInteraction`, the first of equally new ones. O(m log m + m·√m).
  ///
  /// - Parameter citizens: names to include even without a relationship.
  package init(
    _ relationships: some Sequence<Relationship>, citizens: some Sequence<String> = [], version: Int = 1
  ) {
    var builder = SnapshotBuilder(citizens: citizens)
    for relationship in relationships { builder.add(relationship) }
    self = builder.snapshot(version: version)
  }

  package init() { self.init([]) }

  /// A snapshot of these rows without changes.
  init(storage: RowStorage, version: Int) {
    self.storage = storage
    self.version = version
    edgeCount = storage.links.count / 2
  }

  /// The number of citizens, with and without relationships.
  package var nodeCount: Int { storage.names.count + changes.names.count }

  /// The node of a citizen; nil for a name that the data doesn't contain. O(name).
  package func node(of name: String) -> Int? {
    let key = ExactText(name)
    return storage.nodes[key] ?? changes.nodes[key]
  }

  /// The username of `node`.
  package func name(of node: Int) -> String {
    node < storage.names.count ? storage.names[node] : changes.names[node] ?? ""
  }

  /// The number of a node's relationships.
  package func degree(of node: Int) -> Int { row(node).count }

  /// The number of triangles through a node, updated from snapshot to snapshot. O(1).
  package func triangleCount(of node: Int) -> Int {
    if let count = changes.triangles[node] { return count }
    return node < storage.triangles.count ? storage.triangles[node] : 0
  }

  /// The relationship between two citizens; nil without one. O(log degree).
  package func relationship(_ citizen1: String, _ citizen2: String) -> Relationship? {
    guard let first = node(of: citizen1), let second = node(of: citizen2),
      let link = row(first).link(to: second)
    else { return nil }
    return relationship(first, link)
  }

  /// All relationships, once each, in the order of the nodes. O(n + m).
  package var relationships: [Relationship] {
    (0..<nodeCount).flatMap { node in
      row(node).lazy.filter { $0.neighbour > node }.map { relationship(node, $0) }
    }
  }

  /// All usernames, by node. O(n).
  package var names: [String] { storage.names + (storage.names.count..<nodeCount).map(name(of:)) }

  /// The node of each username. O(n) when there are new ones since the rows were written.
  var nodes: [ExactText: Int] {
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

/// The differences from the shared rows.
struct RowChanges: Sendable {
  /// The new usernames by node.
  var names: TreeDictionary<Int, String> = [:]
  var nodes: TreeDictionary<ExactText, Int> = [:]
  var rows: TreeDictionary<Int, [Link]> = [:]
  var triangles: TreeDictionary<Int, Int> = [:]
  /// The new moments, numbered on from those of the shared rows.
  var moments: TreeDictionary<Int, String> = [:]
  /// The recorded trusts that were added.
  var addedTrusts = SortedTrusts()
  var removedTrusts = SortedTrusts()
  /// The difference in the number of relationships without a recorded trust.
  var unrecorded = 0

  /// Whether rows and nodes equal those of the shared rows.
  var isEmpty: Bool { rows.isEmpty && names.isEmpty }

  /// The size of the changes.
  var weight: Int { max(rows.count, names.count, moments.count, addedTrusts.count, removedTrusts.count) }
}
