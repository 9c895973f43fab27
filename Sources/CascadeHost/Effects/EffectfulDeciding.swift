package import Core
package import LuaRuntime

/// A decision with effects as it is asked for.
package struct EffectfulRequest: Sendable {
  /// `treasury.redistribute`
  package var point: String
  /// `{"input":…}`
  package var body: [UInt8]
  /// The idempotency key, which becomes the decision's id.
  package var key: Identifier
  /// Who asks; goes into the record.
  package var requester: String
  /// What the host books in the same chain; only the host's own routes have such.
  package var booking: HostBooking?

  /// A request of these parts.
  package init(
    point: String, body: [UInt8], key: Identifier, requester: String = "", booking: HostBooking? = nil
  ) {
    self.point = point
    self.body = body
    self.key = key
    self.requester = requester
    self.booking = booking
  }

  /// The bare input out of `{"input":…}`.
  static func input(_ body: [UInt8]) throws(LuaFailure) -> JSON {
    do throws(JSON.ParsingError) {
      let envelope = try JSON(parsing: body, limits: RecordLimits.parsing)
      if envelope.object?.members.count == 1, let input = envelope["input"] { return input }
    } catch {
      throw LuaFailure(code: .invalidInput, message: "the body is no JSON: \(error)")
    }
    throw LuaFailure(code: .invalidInput, message: #"the body must be {"input":…}"#)
  }
}

/// What became of a decision with effects.
package enum EffectfulReply: Sendable, Equatable {
  /// It was decided and is committed: `{"decision_id","generation","result"}`, the same bytes for the same key, except
  /// that tokens are signed anew, with the same claims.
  case decided([UInt8], isRepeat: Bool)
  /// It failed, and left nothing but the record of that.
  case failed(FailedDecision, isRepeat: Bool)
  /// The key stands for another question; the sentence says which.
  case keyReused(String)
  /// The host can't take it now; nothing was done, or it can be asked again with the same key.
  case unavailable(String)
}

/// A decision that failed.
package struct FailedDecision: Sendable, Equatable {
  /// Why.
  package var failure: LuaFailure
  /// The decision's id.
  package var id: Identifier
  /// The number of the generation that decided; 0 when there is none.
  package var generation: Int
  /// What the run cost.
  package var cost: RunCost

  /// A failure of a decision.
  package init(_ failure: LuaFailure, id: Identifier, generation: Int, cost: RunCost) {
    self.failure = failure
    self.id = id
    self.generation = generation
    self.cost = cost
  }

  /// What `record` says of its failure; nil when it decided.
  package init?(_ record: RecordedDecision) {
    guard let failure = record.failure else { return nil }
    self.failure = failure
    id = record.id
    generation = record.generation
    cost = RunCost(fuel: record.fuel, nanoseconds: record.nanoseconds)
  }
}

/// Makes decisions that have effects: the run, the commit and the answer as one.
package protocol EffectfulDeciding: Sendable {
  /// Returns after the commit is durable. A repeat of a key answers what was recorded.
  func decide(_ request: EffectfulRequest) async -> EffectfulReply
}
