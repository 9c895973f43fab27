/// The graph in compressed sparse rows, never changed after it is made; snapshots share it.
final class RowStorage: Sendable {
  /// Usernames by node.
  let names: [String]
  let nodes: [CitizenName: Int]
  /// Node `n` owns `links[offsets[n]..<offsets[n + 1]]`, sorted by neighbour.
  let offsets: [Int]
  let links: [Link]
  /// Every `lastInteraction`.
  let moments: TextPool
  /// Triangles through each node.
  let triangles: [Int]
  /// Every recorded trust, ascending.
  let sortedTrusts: [Double]
  /// Relationships without a recorded trust.
  let unrecorded: Int

  /// Rows of what was collected. O(n + m·√m).
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

  /// Fresh rows of a snapshot, with what it knows already. O(n + m).
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
