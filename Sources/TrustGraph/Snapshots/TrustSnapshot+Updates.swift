internal import Core
internal import HashTreeCollections

/// The rule for a change to a pair that is already recorded.
package enum MergeRule: Sendable {
  /// Keep the row with the newer `lastInteraction`; a tie keeps the recorded one.
  case newest
  /// Keep the new row.
  case replace
}

extension TrustSnapshot {
  /// The next snapshot with these relationships added or changed. O(changed rows + changes since the rows were last
  /// compacted); a large batch costs as much as a first snapshot.
  package func applying(_ relationships: [Relationship], rule: MergeRule = .newest) -> TrustSnapshot {
    var next = self
    next.version += 1
    if rule == .newest && relationships.count > max(256, edgeCount / 4) {
      var builder = SnapshotBuilder(self)
      for relationship in relationships { builder.add(relationship) }
      return builder.snapshot(version: next.version)
    }
    for relationship in relationships { next.apply(relationship, rule) }
    return next.compacted()
  }

  /// The snapshot that a change of this one leads to: what another host made of it. O(change · log degree).
  package func applying(_ change: SnapshotChange) -> TrustSnapshot {
    var next = self
    next.version = change.to
    for name in change.citizens { _ = next.intern(name) }
    for relationship in change.relationships { next.apply(relationship, .replace) }
    return next.compacted()
  }

  /// The next snapshot without the relationships of these pairs; the citizens stay. O(changed rows + changes since the
  /// rows were last compacted).
  package func removing(_ pairs: [(citizen1: String, citizen2: String)]) -> TrustSnapshot {
    var next = self
    next.version += 1
    for pair in pairs {
      guard let first = node(of: pair.citizen1), let second = node(of: pair.citizen2),
        let link = next.row(first).link(to: second)
      else { continue }
      next.forget(link.trust)
      next.changeRow(first) { $0.remove(at: $0.position(of: second)) }
      next.changeRow(second) { $0.remove(at: $0.position(of: first)) }
      next.edgeCount -= 1
      next.countTriangles(over: first, second, by: -1)
    }
    return next.compacted()
  }

  private mutating func apply(_ relationship: Relationship, _ rule: MergeRule) {
    let first = intern(relationship.citizen1)
    let second = intern(relationship.citizen2)
    if first == second { return }
    let old = row(first).link(to: second)
    if let old, rule == .newest, !relationship.isNewer(than: moment(of: old)) { return }
    if let old {
      forget(old.trust)
    } else {
      countTriangles(over: first, second, by: 1)
      edgeCount += 1
    }
    let link = Link(
      neighbour: second, trust: relationship.trust ?? .nan, strength: relationship.strength,
      moment: intern(moment: relationship.lastInteraction))
    remember(link.trust)
    put(link, in: first)
    put(Link(link, from: first), in: second)
  }

  private mutating func intern(_ name: String) -> Int {
    if let node = node(of: name) { return node }
    let node = nodeCount
    changes.names[node] = name
    changes.nodes[ExactText(name)] = node
    return node
  }

  private mutating func intern(moment: String) -> Int {
    if moment.isEmpty { return 0 }
    let place = storage.moments.count + changes.moments.count
    changes.moments[place] = moment
    return place
  }

  private mutating func put(_ link: Link, in node: Int) {
    changeRow(node) { row in
      let position = row.position(of: link.neighbour)
      if position < row.count && row[position].neighbour == link.neighbour {
        row[position] = link
      } else {
        row.insert(link, at: position)
      }
    }
  }

  private mutating func changeRow(_ node: Int, _ change: (inout [Link]) -> Void) {
    if changes.rows[node] == nil { changes.rows[node] = Array(row(node)) }
    change(&changes.rows[node, default: []])
  }

  /// Adds the triangles over an edge to its three nodes' counts. O(smaller degree · log larger degree).
  private mutating func countTriangles(over first: Int, _ second: Int, by sign: Int) {
    var (short, long) = (row(first), row(second))
    if short.count > long.count { swap(&short, &long) }
    var found = 0
    for link in short where long.link(to: link.neighbour) != nil {
      found += 1
      changes.triangles[link.neighbour] = triangleCount(of: link.neighbour) + sign
    }
    guard found > 0 else { return }
    for node in [first, second] { changes.triangles[node] = triangleCount(of: node) + sign * found }
  }

  private mutating func remember(_ trust: Double) {
    if trust.isNaN {
      changes.unrecorded += 1
    } else if !changes.removedTrusts.remove(trust) {
      changes.addedTrusts.insert(trust)
    }
  }

  private mutating func forget(_ trust: Double) {
    if trust.isNaN {
      changes.unrecorded -= 1
    } else if !changes.addedTrusts.remove(trust) {
      changes.removedTrusts.insert(trust)
    }
  }

  /// The same graph in fresh rows once the changes amount to a quarter of them. Nodes keep their numbers.
  private func compacted() -> TrustSnapshot {
    guard changes.weight > max(1024, nodeCount / 4) else { return self }
    return TrustSnapshot(storage: RowStorage(self), version: version)
  }
}

extension Relationship {
  /// Whether this row replaces one with the given `lastInteraction`; a tie keeps the earlier row.
  func isNewer(than lastInteraction: String) -> Bool {
    lastInteraction.utf8.lexicographicallyPrecedes(self.lastInteraction.utf8)
  }
}
