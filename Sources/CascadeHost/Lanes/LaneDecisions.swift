package import Core
package import LuaRuntime
internal import NIOCore
internal import Synchronization

/// What became of a decision that one of the host's own routes asked for.
package enum LaneReply: Sendable, Equatable {
  /// It was decided.
  case decided(JSON, id: Identifier, generation: Int)
  /// It failed.
  case failed(FailedDecision)
  /// The host can't take down now what it would decide; ask again.
  case unavailable(String)
  /// No plugin of the generation that serves offers it.
  case notOffered(String)
}

/// Makes decisions without effects on behalf of the host's own routes: on the lanes, in turn, and on their record.
package final class LaneDecisions: Sendable {
  private let lanes: LaneGroup
  private let reads: any HostCallHandler & Sendable
  private let next = Atomic(0)

  /// Decides on `lanes`, with `reads` to answer host calls.
  package init(lanes: LaneGroup, reads: any HostCallHandler & Sendable) {
    self.lanes = lanes
    self.reads = reads
  }

  /// What a lane answers.
  private enum Answer {
    case reply(LaneReply)
    /// Its records have no room in this log.
    case full(RecordLog)
  }

  /// Makes the decision named `point` by the generation that serves. Waits for at most what its lane is at, and
  /// ``RecordLimits/patience`` for room in the log of records.
  package func decide(_ point: String, input: JSON) async -> LaneReply {
    let turn = next.add(1, ordering: .relaxed).oldValue & Int.max
    let place = lanes.places[turn % lanes.places.count]
    do {
      while true {
        switch try await place.loop.submit({ self.answer(point, input, place) }).get() {
        case .reply(let reply): return reply
        case .full(let log):
          if await log.waitForRoom(RecordLimits.patience) { continue }
          return .unavailable("the log of records is full; try again")
        }
      }
    } catch {
      return .failed(
        FailedDecision(
          LuaFailure(code: .deadline, message: "the host is stopping"), id: Identifier(high: 0x7000, low: 1 << 63),
          generation: 0, cost: RunCost()))
    }
  }

  private func answer(_ point: String, _ input: JSON, _ place: LaneGroup.Place) -> Answer {
    let lane = place.lane.value
    if let recorder = lane.recorder, !recorder.mayGoOn() { return .full(recorder.log) }
    guard let entry = lane.decision(named: point) else { return .reply(.notOffered(point)) }
    let made = input.bytes.withUnsafeBytes {
      lane.decideOnRecord(entry, input: $0, isEnveloped: false, reads: reads.pinned())
    }
    let reply = Self.reply(made)
    lane.recorder?.handOverSoon(on: place.loop)
    return .reply(reply)
  }

  private static func reply(_ made: LaneDecision) -> LaneReply {
    func failed(_ failure: LuaFailure) -> LaneReply {
      .failed(FailedDecision(failure, id: made.id, generation: made.generation, cost: made.outcome.cost))
    }
    switch made.outcome.ending {
    case .failure(let failure): return failed(failure)
    case .fetch: return failed(.notHeld("the host does not hold what the rule asked"))
    case .result(let bytes):
      guard let result = try? JSON(parsing: bytes, limits: RecordLimits.parsing) else {
        return failed(LuaFailure(code: .invalidOutput, message: "the result can't be read"))
      }
      return .decided(result, id: made.id, generation: made.generation)
    }
  }
}
