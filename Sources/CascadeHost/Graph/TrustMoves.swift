package import Core
internal import Synchronization
package import TrustGraph

/// What became of an interaction.
package enum InteractionReply: Sendable, Equatable {
  /// The trust of the pair moved.
  case moved(TrustMove)
  /// The rulebook that serves has no such decision; its name.
  case notOffered(String)
  /// The rule failed.
  case failed(FailedDecision)
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

  /// A move.
  package init(before: Double?, after: Double, snapshot: Int, decision: Identifier, generation: Int) {
    self.before = before
    self.after = after
    self.snapshot = snapshot
    self.decision = decision
    self.generation = generation
  }
}

/// What became of a day's decay, or of several.
package enum DecayReply: Sendable, Equatable {
  /// So many days were decayed, now or never before; 0 when the day is in the graph already.
  case decayed(days: Int)
  /// The rulebook that serves has no such decision; its name. The day stays due.
  case notOffered(String)
  /// The rule failed. The day stays due.
  case failed(FailedDecision)
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

  /// Makes the decision of this name with this input.
  package typealias Deciding = @Sendable (String, JSON) async -> LaneReply

  let graph: LiveGraph
  let decide: Deciding
  /// The last move that was begun: the next one waits for it.
  private let tail = Mutex<Task<Void, Never>?>(nil)
  private let waiting = Atomic(0)

  /// Moves trust in `graph` by `decisions`.
  package convenience init(_ graph: LiveGraph, by decisions: LaneDecisions) {
    self.init(graph) { point, input in await decisions.decide(point, input: input) }
  }

  /// Moves trust in `graph` by what `decide` says.
  package init(_ graph: LiveGraph, decide: @escaping Deciding) {
    self.graph = graph
    self.decide = decide
  }

  /// Moves the trust between two citizens by `change`, above 0 after a good event. `milliseconds` (since 1970) becomes
  /// the pair's last interaction unless a later one is recorded. Throws `invalid_relationship` for names that can't be
  /// a pair, what the store throws, and `overloaded` when too many moves wait.
  package func interact(
    _ first: String, _ second: String, change: JSON, at milliseconds: Int64
  ) async throws(GraphError) -> InteractionReply {
    _ = try Relationship(first, second, trust: nil)
    if first.utf8.elementsEqual(second.utf8) {
      throw GraphError(.invalidRelationship, "citizen1 and citizen2 are the same; trust is between two")
    }
    return try await inTurn { () async throws(GraphError) in
      try await self.interactHere(first, second, change, Moment.text(milliseconds))
    }
  }

  private func interactHere(
    _ first: String, _ second: String, _ change: JSON, _ moment: String
  ) async throws(GraphError) -> InteractionReply {
    var conflict: GraphError?
    for _ in 0..<Self.attempts {
      let before = graph.snapshot.relationship(first, second)
      var input = JSON.Object([("change", change)])
      if let trust = before?.trust { input.append("trust", .double(trust)) }
      let made: (result: JSON, id: Identifier, generation: Int)
      switch await decide(Self.updatePoint, .object(input)) {
      case .decided(let result, let id, let generation): made = (result, id, generation)
      case .failed(let failed): return .failed(failed)
      case .notOffered(let point): return .notOffered(point)
      case .unavailable(let sentence): throw GraphError(.overloaded, sentence)
      }
      let trust = try Self.score(made.result, "trust")
      let last = before?.lastInteraction ?? ""
      let row = try Relationship(
        first, second, trust: trust, strength: before?.strength,
        lastInteraction: last.utf8.lexicographicallyPrecedes(moment.utf8) ? moment : last)
      do throws(GraphError) {
        let after = try await graph.change(.replace) { now throws(GraphError) in
          if now.relationship(first, second) == before { return [row] }
          throw GraphError(.conflict, "the trust between '\(first)' and '\(second)' moved meanwhile; try again")
        }
        return .moved(
          TrustMove(
            before: before?.trust, after: trust, snapshot: after.version, decision: made.id,
            generation: made.generation))
      } catch {
        if error.code != .conflict { throw error }
        conflict = error
      }
    }
    throw conflict ?? GraphError(.conflict, "the graph changes too often")
  }

  /// A score that a rule answered.
  static func score(_ result: JSON, _ name: String) throws(GraphError) -> Double {
    if let score = result[name]?.number { return score }
    throw GraphError(.invalidRelationship, "the rule gave no number '\(name)'")
  }

  /// Runs `body` when every move before it is made.
  func inTurn<Success: Sendable>(
    _ body: @escaping @Sendable () async throws(GraphError) -> Success
  ) async throws(GraphError) -> Success {
    guard waiting.add(1, ordering: .relaxed).newValue <= GraphLimits.waitingChanges else {
      waiting.subtract(1, ordering: .relaxed)
      throw GraphError(.overloaded, "\(GraphLimits.waitingChanges) moves of trust wait already; try again later")
    }
    let task: Task<Result<Success, GraphError>, Never> = tail.withLock { tail in
      let before = tail
      let task = Task { () async -> Result<Success, GraphError> in
        await before?.value
        do throws(GraphError) {
          return .success(try await body())
        } catch {
          return .failure(error)
        }
      }
      tail = Task { _ = await task.value }
      return task
    }
    let result = await task.value
    waiting.subtract(1, ordering: .relaxed)
    return try result.get()
  }
}
