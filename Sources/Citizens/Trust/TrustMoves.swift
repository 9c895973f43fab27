package import Core
package import Decisions
internal import Platform
package import TrustGraph

/// Why trust wasn't moved.
package enum TrustMovesError: Error, Sendable, Equatable {
  /// The rules refused or failed, or can't be asked.
  case decision(DecisionFailure)
  /// The graph, or what it was asked for.
  case graph(GraphError)
}

/// One move of the trust between two citizens.
package struct TrustMove: Sendable, Equatable {
  /// The trust before; nil when none was recorded.
  package var before: Double?
  /// The trust it is now.
  package var after: Double
  /// The version of the snapshot that has it.
  package var snapshot: Int
  /// The decision that moved it.
  package var decision: Identifier
  /// The generation that decided.
  package var generation: Int

  package init(before: Double?, after: Double, snapshot: Int, decision: Identifier, generation: Int) {
    self.before = before
    self.after = after
    self.snapshot = snapshot
    self.decision = decision
    self.generation = generation
  }
}

/// Moves trust by the rulebook that serves: `trust.update` after an event between two citizens, `trust.decay` for all
/// pairs once a day. The numbers are the rules' affair; that nothing is lost or done twice is this one's.
///
/// Moves are made one after the other. Each is decided on a snapshot, and stored only while what it was decided on is
/// still so; otherwise it is decided again.
package final class TrustMoves: Sendable {
  /// The decision about one event.
  package static let updatePoint = "trust.update"
  /// The decision about a day without one.
  package static let decayPoint = "trust.decay"
  /// How often a move is decided anew when the graph has changed meanwhile.
  static let attempts = 8

  let graph: LiveGraph
  let decisions: any Decisions
  private let turns = SerialQueue()

  /// Moves trust in `graph` by `decisions`.
  package init(_ graph: LiveGraph, by decisions: any Decisions) {
    self.graph = graph
    self.decisions = decisions
  }

  /// Moves the trust between two citizens by `change`, above 0 after a good event. `milliseconds` (since 1970) becomes
  /// the pair's last interaction unless a later one is recorded. Throws `invalid_relationship` for names that can't be
  /// a pair, what the rules and the store throw, and `overloaded` when too many moves wait.
  package func interact(
    _ first: String, _ second: String, change: JSON, at milliseconds: Int64
  ) async throws(TrustMovesError) -> TrustMove {
    do throws(GraphError) {
      _ = try Relationship(first, second, trust: nil)
    } catch {
      throw .graph(error)
    }
    if first.utf8.elementsEqual(second.utf8) {
      throw .graph(GraphError(.invalidRelationship, "citizen1 and citizen2 are the same; trust is between two"))
    }
    return try await inTurn { () async throws(TrustMovesError) in
      try await self.interactHere(first, second, change, ISO8601.text(milliseconds))
    }
  }

  private func interactHere(
    _ first: String, _ second: String, _ change: JSON, _ moment: String
  ) async throws(TrustMovesError) -> TrustMove {
    var conflict = GraphError(.conflict, "the graph changes too often")
    for _ in 0..<Self.attempts {
      let before = graph.snapshot.relationship(first, second)
      var input = JSON.Object([("change", change)])
      if let trust = before?.trust { input.append("trust", .double(trust)) }
      let made = try await decided(Self.updatePoint, .object(input))
      do throws(GraphError) {
        let trust = try Self.score(made.result, "trust")
        let last = before?.lastInteraction ?? ""
        let row = try Relationship(
          first, second, trust: trust, strength: before?.strength,
          lastInteraction: last.utf8.lexicographicallyPrecedes(moment.utf8) ? moment : last)
        let after = try await graph.change(.replace) { now throws(GraphError) in
          if now.relationship(first, second) == before { return [row] }
          throw GraphError(.conflict, "the trust between '\(first)' and '\(second)' moved meanwhile; try again")
        }
        return TrustMove(
          before: before?.trust, after: trust, snapshot: after.version, decision: made.id, generation: made.generation)
      } catch {
        if error.code != .conflict { throw .graph(error) }
        conflict = error
      }
    }
    throw .graph(conflict)
  }

  /// What a rule answered.
  func decided(
    _ point: String, _ input: JSON, generation: Int? = nil
  ) async throws(TrustMovesError) -> (result: JSON, id: Identifier, generation: Int) {
    do throws(DecisionFailure) {
      let decided = try await decisions.decide(Question(point, .value(input), generation: generation))
      return (try decided.result(), decided.id, decided.generation)
    } catch {
      throw .decision(error)
    }
  }

  /// A score that a rule answered.
  static func score(_ result: JSON, _ name: String) throws(GraphError) -> Double {
    if let score = result[name]?.number { return score }
    throw GraphError(.invalidRelationship, "the rule gave no number '\(name)'")
  }

  /// Runs `body` when every move before it is made.
  func inTurn<Success: Sendable>(
    _ body: @escaping @Sendable () async throws(TrustMovesError) -> Success
  ) async throws(TrustMovesError) -> Success {
    if let value = try await turns.run(limit: GraphLimits.waitingChanges, body) { return value }
    throw .graph(GraphError(.overloaded, "\(GraphLimits.waitingChanges) moves of trust wait already; try again later"))
  }
}
