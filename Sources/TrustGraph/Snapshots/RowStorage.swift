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

  /// Rows of what was collected. The triangles are counted unless they are known. O(n + m log m), and O(m·√m) to count.
  init(_ builder: SnapshotBuilder, triangles known: [Int]?) {
    names = builder.names
    nodes = builder.nodes
    moments = builder.moments
    (offsets, links) = builder.links()
    triangles = known ?? Adjacency(offsets, links).triangles()
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
}
