internal import Core

/// The graph in immutable compressed sparse rows, which snapshots share.
final class RowStorage: Sendable {
  /// The username of each node.
  let names: [String]
  let nodes: [ExactText: Int]
  /// Node `n` owns `links[offsets[n]..<offsets[n + 1]]`, sorted by neighbour.
  let offsets: [Int]
  let links: [Link]
  /// The `lastInteraction` of every link.
  let moments: TextPool
  /// The number of triangles through each node.
  let triangles: [Int]
  /// All recorded trusts, ascending.
  let sortedTrusts: [Double]
  /// The number of relationships without a recorded trust.
  let unrecorded: Int

  /// Builds the rows from collected relationships. O(n + m·√m).
  init(_ builder: SnapshotBuilder) {
    names = builder.names
    nodes = builder.nodes
    moments = builder.moments
    (offsets, links) = builder.links()
    triangles = Adjacency(offsets, links).triangles()
    var trusts: [Double] = []
    trusts.reserveCapacity(links.count / 2)
    for node in names.indices {
      for link in links[offsets[node]..<offsets[node + 1]] where link.neighbour > node && !link.trust.isNaN {
        trusts.append(link.trust)
      }
    }
    trusts.sort()
    sortedTrusts = trusts
    unrecorded = links.count / 2 - trusts.count
  }

  /// Builds fresh rows from a snapshot, reusing its triangle counts. O(n + m).
  init(_ snapshot: TrustSnapshot) {
    let builder = SnapshotBuilder(snapshot)
    names = builder.names
    nodes = builder.nodes
    moments = builder.moments
    (offsets, links) = builder.links()
    triangles = (0..<snapshot.nodeCount).map(snapshot.triangleCount(of:))
    sortedTrusts = snapshot.sortedTrusts
    unrecorded = links.count / 2 - sortedTrusts.count
  }
}
