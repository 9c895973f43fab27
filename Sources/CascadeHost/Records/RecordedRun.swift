internal import Core
internal import LuaRuntime
package import Rulebook

/// What running a recorded decision again came to.
package enum ReplayVerdict: Sendable, Equatable {
  /// The same answer at the same cost.
  case same
  /// It came out otherwise; the sentence says in what.
  case differs(String)
  /// It can't be run again; the sentence says why.
  case impossible(String)
}

/// Runs recorded decisions again, from their record and the rulebook of that time alone.
package enum RecordedRun {
  /// The outcome of `record` run again by the rulebook `archive` has for it, compared with what was recorded.
  ///
  /// Every host call gets its recorded answer. Compiles the rulebook, so it blocks and needs the stack of
  /// ``ThreadStack/minimum``. O(rulebook + run).
  package static func replay(_ record: RecordedDecision, from archive: RulebookArchive) -> ReplayVerdict {
    do throws(RulebookError) {
      guard let snapshot = try archive.load(digest: record.digest) else {
        return .impossible("the rulebook \(record.digest) is not in the archive")
      }
      return replay(record, by: try load(snapshot))
    } catch {
      return .impossible(error.message)
    }
  }

  private static func load(_ snapshot: RulebookSnapshot) throws(RulebookError) -> CheckedRulebook {
    do throws(RulebookRejected) {
      return try RulebookLoader.load(snapshot, runSpecs: false)
    } catch {
      throw error.errors.first ?? RulebookError(.storage, message: "the rulebook does not load any more")
    }
  }

  /// As above, by a rulebook that is loaded already.
  package static func replay(_ record: RecordedDecision, by rulebook: CheckedRulebook) -> ReplayVerdict {
    guard let number = rulebook.number(of: record.point) else {
      return .impossible("the rulebook \(record.digest) has no decision '\(record.point)'")
    }
    do throws(LuaFailure) {
      let machine = try rulebook.makeMachine()
      let answers = RecordedAnswers(record.calls)
      let limits = RunLimits(fuel: EffectLimits().run.fuel, deadline: .seconds(60))
      // A rule that never looked at the clock doesn't look now.
      let request = RunRequest(
        decision: number, nowMilliseconds: record.nowMilliseconds, id: record.id, limits: limits)
      let outcome = record.input.bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: answers) }
      if let difference = answers.difference { return .differs(difference) }
      return compare(outcome, record)
    } catch {
      return .impossible(error.message)
    }
  }

  private static func compare(_ outcome: Outcome, _ record: RecordedDecision) -> ReplayVerdict {
    switch outcome.ending {
    case .fetch: return .differs("it asks for what was not recorded")
    case .result(let bytes):
      guard let recorded = record.result else { return .differs("it decides now, and failed then") }
      let result = try? JSON(parsing: bytes, limits: RecordLimits.parsing)
      if result?.bytes != recorded.bytes { return .differs("its result is another one") }
    case .failure(let failure):
      guard record.result == nil, let recorded = record.failure else {
        return .differs("it fails now: \(failure.message)")
      }
      if failure.json != recorded.json { return .differs("it fails otherwise: \(failure.message)") }
    }
    if outcome.cost.fuel != record.fuel { return .differs("it costs \(outcome.cost.fuel), and \(record.fuel) then") }
    return .same
  }
}

/// Gives host calls the answers that were recorded, in their order.
private final class RecordedAnswers: HostCallHandler {
  private var rest: ArraySlice<RecordedCall>
  private(set) var difference: String?

  init(_ calls: [RecordedCall]) { rest = calls[...] }

  func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    let name = call < HostCallTable.names.count ? HostCallTable.names[call] : "?"
    guard let next = rest.popFirst() else { return differ("it calls \(name) where it called nothing") }
    let given = try? JSON(parsing: arguments)
    if next.call != name || given?.bytes != next.arguments.bytes {
      return differ("it calls \(name)\(given?.text ?? "") where it called \(next.call)\(next.arguments.text)")
    }
    return next.hostAnswer
  }

  private func differ(_ text: String) -> HostAnswer {
    if difference == nil { difference = text }
    return .failure(.runtime, text)
  }
}
