internal import HashTreeCollections

/// The links between nodes in flat arrays of four bytes a link, for algorithms over the whole graph.
struct Adjacency: Sendable {
  /// Node `n` owns `neighbours[offsets[n]..<offsets[n + 1]]`, ascending.
  private(set) var offsets: [Int]
  private(set) var neighbours: [Int32]

  /// The structure of compressed sparse rows.
  init(_ offsets: [Int], _ links: [Link]) {
    self.offsets = offsets
    neighbours = links.map { Int32(truncatingIfNeeded: $0.neighbour) }
  }

  /// The structure of a snapshot. O(n + m).
  init(_ snapshot: TrustSnapshot) {
    self.init(snapshot.storage.offsets, snapshot.storage.links)
    if snapshot.changes.isEmpty { return }
    let (before, links) = (offsets, neighbours)
    offsets = [0]
    neighbours = []
    neighbours.reserveCapacity(snapshot.edgeCount * 2)
    for node in 0..<snapshot.nodeCount {
      if let row = snapshot.changes.rows[node] {
        neighbours += row.lazy.map { Int32(truncatingIfNeeded: $0.neighbour) }
      } else if node + 1 < before.count {
        neighbours += links[before[node]..<before[node + 1]]
      }
      offsets.append(neighbours.count)
    }
  }

  /// The number of nodes.
  var count: Int { offsets.count - 1 }

  func degree(of node: Int) -> Int { offsets[node + 1] - offsets[node] }

  /// Nodes by degree ascending, then number. O(n).
  func nodesByDegree() -> [Int32] {
    let highest = (0..<count).reduce(0) { max($0, degree(of: $1)) }
    var next = [Int](repeating: 0, count: highest + 2)
    for node in 0..<count { next[degree(of: node) + 1] += 1 }
    for degree in next.indices.dropFirst() { next[degree] += next[degree - 1] }
    var order = [Int32](repeating: 0, count: count)
    for node in 0..<count {
      order[next[degree(of: node)]] = Int32(truncatingIfNeeded: node)
      next[degree(of: node)] += 1
    }
    return order
  }

  /// The same graph with node `order[rank]` renumbered to `rank`, and of each edge only the direction to the higher
  /// rank. O(n + m).
  private func forward(_ order: [Int32]) -> Adjacency {
    var ranks = order
    for (rank, node) in order.enumerated() { ranks[Int(node)] = Int32(truncatingIfNeeded: rank) }
    var forward = self
    forward.offsets = [0]
    forward.offsets.reserveCapacity(count + 1)
    forward.neighbours = []
    forward.neighbours.reserveCapacity(neighbours.count / 2)
    for (rank, node) in order.enumerated() {
      for neighbour in neighbours[offsets[Int(node)]..<offsets[Int(node) + 1]] {
        let other = ranks[Int(neighbour)]
        if Int(other) > rank { forward.neighbours.append(other) }
      }
      forward.offsets.append(forward.neighbours.count)
    }
    return forward
  }

  /// The number of triangles through each node. Finds each triangle once, at its corner of lowest degree ("forward",
  /// Schank and Wagner 2005): a node has at most √(2m) neighbours of higher rank. O(m·√m).
  func triangles() -> [Int] {
    let order = nodesByDegree()
    let forward = forward(order)
    var found = [Int](repeating: 0, count: count)
    var marks = [Int32](repeating: -1, count: count)
    for node in 0..<count {
      let mark = Int32(truncatingIfNeeded: node)
      let row = forward.neighbours[forward.offsets[node]..<forward.offsets[node + 1]]
      for neighbour in row { marks[Int(neighbour)] = mark }
      for neighbour in row {
        let second = Int(neighbour)
        var over = 0
        for third in forward.neighbours[forward.offsets[second]..<forward.offsets[second + 1]]
        where marks[Int(third)] == mark {
          found[Int(third)] += 1
          over += 1
        }
        found[second] += over
        found[node] += over
      }
    }
    var triangles = found
    for (rank, node) in order.enumerated() { triangles[Int(node)] = found[rank] }
    return triangles
  }

  /// The component of each node, numbered from 0 in the order of their first nodes. O(n + m).
  func components() -> [Int] {
    var component = [Int](repeating: -1, count: count)
    var next = 0
    for start in 0..<count where component[start] < 0 {
      component[start] = next
      var stack = [start]
      while let node = stack.popLast() {
        for neighbour in neighbours[offsets[node]..<offsets[node + 1]] where component[Int(neighbour)] < 0 {
          component[Int(neighbour)] = next
          stack.append(Int(neighbour))
        }
      }
      next += 1
    }
    return component
  }

  /// The core number of each node. Keeps nodes sorted by remaining degree; a node that loses a neighbour swaps places
  /// with the first of its degree (Batagelj and Zaveršnik 2003). O(n + m).
  func coreNumbers() -> [Int] {
    var order = nodesByDegree().map(Int.init)
    var places = order
    for (place, node) in order.enumerated() { places[node] = place }
    var degrees = (0..<count).map(degree(of:))
    // The index at which the nodes of each degree begin.
    var begins = [Int](repeating: 0, count: (degrees.max() ?? 0) + 2)
    for degree in degrees { begins[degree + 1] += 1 }
    for degree in begins.indices.dropFirst() { begins[degree] += begins[degree - 1] }
    for place in order.indices {
      let node = order[place]
      for link in neighbours[offsets[node]..<offsets[node + 1]] where degrees[Int(link)] > degrees[node] {
        let neighbour = Int(link)
        let first = begins[degrees[neighbour]]
        order.swapAt(first, places[neighbour])
        places[order[places[neighbour]]] = places[neighbour]
        places[neighbour] = first
        begins[degrees[neighbour]] += 1
        degrees[neighbour] -= 1
      }
    }
    return degrees
  }
}
