internal import Core
package import TrustGraph

extension TrustMoves {
  /// Decays all pairs for every day up to `day` (days since 1970, UTC) that is not in the graph yet, one transaction a
  /// day, which also records the day: neither a restart nor a second call decays a day twice. A graph that was never
  /// decayed begins with `day`. Throws what the store throws. O(pairs) a day, and a decision for each trust and
  /// strength that stands between a pair.
  package func decay(through day: Int64) async throws(GraphError) -> DecayReply {
    try await inTurn { () async throws(GraphError) in try await self.decayHere(day) }
  }

  private func decayHere(_ day: Int64) async throws(GraphError) -> DecayReply {
    guard let last = graph.marks[GraphMark.decayedDay].flatMap({ Int64($0) }) else {
      _ = try await graph.apply([], marks: [GraphMark.decayedDay: String(day)])
      return .decayed(days: 0)
    }
    var days = 0
    for due in last..<max(last, day) {
      if let obstacle = try await decayOnce(due + 1) { return obstacle }
      days += 1
    }
    return .decayed(days: days)
  }

  /// One day; nil when it is in the graph.
  private func decayOnce(_ day: Int64) async throws(GraphError) -> DecayReply? {
    var table = DecayTable()
    var conflict: GraphError?
    for _ in 0..<Self.attempts {
      if let obstacle = try await fill(&table) { return obstacle }
      let known = table
      do throws(GraphError) {
        _ = try await graph.change(.replace, marks: [GraphMark.decayedDay: String(day)]) { now throws(GraphError) in
          var rows: [Relationship] = []
          for row in now.relationships {
            guard let next = known.next[DecayTable.Scores(row)] else {
              throw GraphError(.conflict, "relationships changed while the day's decay was decided")
            }
            if next != DecayTable.Scores(row) { rows.append(try next.relationship(like: row)) }
          }
          return rows
        }
        return nil
      } catch {
        if error.code != .conflict { throw error }
        conflict = error
      }
    }
    throw conflict ?? GraphError(.conflict, "the graph changes too often")
  }

  /// Asks the rule about each trust and strength that the table doesn't know; one generation answers for all.
  private func fill(_ table: inout DecayTable) async throws(GraphError) -> DecayReply? {
    var rows = graph.snapshot.relationships[...]
    while let row = rows.popFirst() {
      let scores = DecayTable.Scores(row)
      if table.next[scores] != nil { continue }
      switch await decide(Self.decayPoint, scores.input) {
      case .failed(let failed): return .failed(failed)
      case .notOffered(let point): return .notOffered(point)
      case .unavailable(let sentence): throw GraphError(.overloaded, sentence)
      case .decided(let result, _, let generation):
        if table.generation != generation {
          // Another generation decides since: all of the day is decided by that one.
          if !table.next.isEmpty { rows = graph.snapshot.relationships[...] }
          table = DecayTable(generation: generation)
        }
        let trust = try Self.score(result, "trust")
        table.next[scores] = DecayTable.Scores(
          trust: scores.trust == nil ? nil : trust, strength: try Self.score(result, "strength"))
      }
    }
    return nil
  }
}

/// What a day makes of each trust and strength, by one generation's rule.
private struct DecayTable: Sendable {
  struct Scores: Hashable {
    /// Nil when none is recorded; it stays so.
    var trust: Double?
    var strength: Double

    init(trust: Double?, strength: Double) {
      self.trust = trust
      self.strength = strength
    }

    init(_ row: Relationship) { self.init(trust: row.trust, strength: row.strength) }

    /// What the rule is asked.
    var input: JSON {
      var object = JSON.Object([("strength", .double(strength))])
      if let trust { object.append("trust", .double(trust)) }
      return .object(object)
    }

    /// The row with these scores.
    func relationship(like row: Relationship) throws(GraphError) -> Relationship {
      try Relationship(
        row.citizen1, row.citizen2, trust: trust, strength: strength, lastInteraction: row.lastInteraction)
    }
  }

  var generation = 0
  var next: [Scores: Scores] = [:]
}
