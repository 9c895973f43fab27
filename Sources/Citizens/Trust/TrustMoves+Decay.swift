internal import Core
internal import Decisions
package import TrustGraph

extension TrustMoves {
  /// Decays all pairs for every day up to `day` (days since 1970, UTC) that is not in the graph yet, one transaction a
  /// day, which also records the day: neither a restart nor a second call decays a day twice. A graph that was never
  /// decayed begins with `day`. Gives how many days were decayed, now for the first time. Throws what the rules and the
  /// store throw; then the day stays due. O(pairs) a day, and a decision for each trust and strength that a pair has.
  package func decay(through day: Int64) async throws(TrustMovesError) -> Int {
    try await inTurn { () async throws(TrustMovesError) in try await self.decayHere(day) }
  }

  private func decayHere(_ day: Int64) async throws(TrustMovesError) -> Int {
    guard let last = graph.marks[GraphMark.decayedDay].flatMap({ Int64($0) }) else {
      do throws(GraphError) {
        _ = try await graph.apply([], marks: [GraphMark.decayedDay: String(day)])
        return 0
      } catch {
        throw .graph(error)
      }
    }
    let due = last..<max(last, day)
    for day in due { try await decayOnce(day + 1) }
    return due.count
  }

  private func decayOnce(_ day: Int64) async throws(TrustMovesError) {
    var table = DecayTable()
    var conflict = GraphError(.conflict, "the graph changes too often")
    for _ in 0..<Self.attempts {
      try await fill(&table)
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
        return
      } catch {
        if error.code != .conflict { throw .graph(error) }
        conflict = error
      }
    }
    throw .graph(conflict)
  }

  /// Asks the rule about each trust and strength that the table doesn't know; one generation answers for all.
  private func fill(_ table: inout DecayTable) async throws(TrustMovesError) {
    var rows = graph.snapshot.relationships[...]
    while let row = rows.popFirst() {
      let scores = DecayTable.Scores(row)
      if table.next[scores] != nil { continue }
      do throws(TrustMovesError) {
        let made = try await decided(Self.decayPoint, scores.input, generation: table.generation)
        table.generation = made.generation
        table.next[scores] = try Self.next(made.result, scores)
      } catch {
        guard case .decision(let failure) = error, failure.isOfAnotherGeneration else { throw error }
        // Another generation decides since: all of the day is decided by that one.
        rows = graph.snapshot.relationships[...]
        table = DecayTable()
      }
    }
  }

  private static func next(
    _ result: JSON, _ scores: DecayTable.Scores
  ) throws(TrustMovesError) -> DecayTable.Scores {
    do throws(GraphError) {
      let trust = try score(result, "trust")
      return DecayTable.Scores(trust: scores.trust == nil ? nil : trust, strength: try score(result, "strength"))
    } catch {
      throw .graph(error)
    }
  }
}

extension LiveGraph {
  /// Has trust decay on from `day`, after the clock jumped there: the days of the jump are left out, and those that
  /// were due by `unset`, the day that the clock would show without it, stay due. Gives how many days that moved the
  /// count by, below zero back; nothing for a graph that was never decayed. Throws what the store throws. O(1).
  package func leaveOutDays(of jump: (to: Int64, unset: Int64)) async throws(GraphError) -> Int64 {
    guard let last = marks[GraphMark.decayedDay].flatMap({ Int64($0) }) else { return 0 }
    let next = jump.to - max(0, jump.unset - last)
    _ = try await apply([], marks: [GraphMark.decayedDay: String(next)])
    return next - last
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

  /// Nil before the first answer.
  var generation: Int?
  var next: [Scores: Scores] = [:]
}
