package import Core
internal import LuaRuntime
package import Rulebook
internal import Synchronization

/// What running a recorded decision again came to.
package enum ReplayVerdict: Sendable, Equatable {
  /// The same answer at the same cost.
  case same
  /// It came out otherwise; the sentence says in what.
  case differs(String)
  /// It can't be run again; the sentence says why.
  case impossible(String)
}

/// A recorded decision that was run again.
package struct Replay: Sendable, Equatable {
  /// What it came to.
  package var verdict: ReplayVerdict
  /// What one who asks now is told: the bytes that were told then. Nil when it failed or can't be run.
  package var answer: [UInt8]?
  /// Why it failed now; nil when it decided or can't be run.
  package var failure: LuaFailure?
  /// What it cost now.
  package var fuel: UInt64 = 0
  /// Whether the record itself says why it can't be run again; else something is missing that should be there.
  package var isExpected = false
}

/// Runs recorded decisions again, from their record and the rulebook of that time alone: every host call gets its
/// recorded answer. Keeps the rulebooks it has loaded.
package final class RecordedRun: Sendable {
  private let archive: RulebookArchive
  private let loaded = Mutex<[String: Loaded]>([:])

  /// A rulebook with a machine that runs it, once one was made and while none is spent.
  private struct Loaded {
    var rulebook: CheckedRulebook
    var machine: VirtualMachine?
  }

  /// Rulebooks that are kept.
  private static let rulebooks = 16

  /// Runs by the rulebooks that `archive` keeps by their digests.
  package init(_ archive: RulebookArchive) { self.archive = archive }

  /// What `record` comes to by the rulebook it names, on a thread of its own. A rulebook is compiled when it is first
  /// needed. O(rulebook + run).
  package func replay(_ record: RecordedDecision) async -> Replay {
    await LoadingThread.run { self.loaded.withLock { self.replay(record, &$0) } }
  }

  private func replay(_ record: RecordedDecision, _ loaded: inout [String: Loaded]) -> Replay {
    do throws(RulebookError) {
      var known: Loaded
      if let kept = loaded[record.digest] {
        known = kept
      } else {
        known = Loaded(rulebook: try archive.rulebook(record.digest))
        if loaded.count >= Self.rulebooks { loaded.removeAll() }
      }
      let replay = Self.replay(record, by: known.rulebook, on: &known.machine)
      loaded[record.digest] = known
      return replay
    } catch {
      return Self.impossible(error.message)
    }
  }

  /// As above, by a rulebook that is loaded already, on a thread that has the stack of ``ThreadStack/minimum``.
  package static func replay(_ record: RecordedDecision, by rulebook: CheckedRulebook) -> Replay {
    var machine: VirtualMachine?
    return replay(record, by: rulebook, on: &machine)
  }

  /// The same on `machine`, which is made when there is none, and gone afterwards when it is spent.
  static func replay(
    _ record: RecordedDecision, by rulebook: CheckedRulebook, on machine: inout VirtualMachine?
  ) -> Replay {
    guard let number = rulebook.number(of: record.point) else {
      let wasUnknown = record.failure?.code == .unknownDecision
      return Replay(
        verdict: wasUnknown ? .same : .impossible("the rulebook \(record.digest) has no decision '\(record.point)'"),
        failure: wasUnknown ? record.failure : nil)
    }
    if record.failure?.code == .deadline, record.result == nil {
      return impossible("it ran out of time, and how fast the machine was then is not recorded", isExpected: true)
    }
    if record.failure?.reason == LuaFailure.recordTooLargeReason {
      return impossible(
        "its record would have been too large, and was kept without its host calls", isExpected: true)
    }
    let hasEffects = rulebook.decisions[number].hasEffects
    if hasEffects, record.unread != nil { return unread(record) }
    do throws(LuaFailure) {
      let ready = try ready(machine, rulebook)
      let answers = RecordedAnswers(record)
      let outcome = record.sent.withUnsafeBytes {
        ready.decide(request(record, number), input: $0, handler: answers)
      }
      machine = outcome.isSpent ? nil : ready
      if let difference = answers.difference {
        return ofItsFormat(Replay(verdict: .differs(difference)), record)
      }
      return ofItsFormat(replay(outcome, record, hasEffects, isExhausted: answers.isExhausted), record)
    } catch {
      return impossible(error.message)
    }
  }

  private static func ready(
    _ machine: VirtualMachine?, _ rulebook: CheckedRulebook
  ) throws(LuaFailure) -> VirtualMachine {
    if let machine { return machine }
    return try rulebook.makeMachine(isPatient: true)
  }

  private static func request(_ record: RecordedDecision, _ number: Int) -> RunRequest {
    // A run that exhausted its fuel is replayed with exactly that much, any other with at least the host's limit.
    let isExhausted = record.failure?.code == .fuelExhausted && record.result == nil
    let fuel = isExhausted ? record.fuel : max(EffectLimits().run.fuel, record.fuel)
    // A rule that never looked at the clock doesn't look now.
    return RunRequest(
      decision: number, isEnveloped: record.unread == .body, nowMilliseconds: record.nowMilliseconds, id: record.id,
      limits: RunLimits(fuel: fuel, deadline: .seconds(60)))
  }

  /// A machine of another format may compute otherwise: only a sameness says something then.
  private static func ofItsFormat(_ replay: Replay, _ record: RecordedDecision) -> Replay {
    guard case .differs(let difference) = replay.verdict, record.format != VirtualMachine.format else { return replay }
    return impossible(
      "unreplayable: vm: it ran on a machine of format \(record.format), this one is \(VirtualMachine.format): "
        + difference, isExpected: true)
  }

  private static func impossible(_ sentence: String, isExpected: Bool = false) -> Replay {
    Replay(verdict: .impossible(sentence), isExpected: isExpected)
  }

  /// Decisions with effects have their envelope read before a machine sees anything.
  private static func unread(_ record: RecordedDecision) -> Replay {
    do throws(LuaFailure) {
      _ = try CommittingDecision.input(record.sent)
      return Replay(verdict: .differs("it can be read now"))
    } catch {
      return Replay(verdict: compare(error, record), failure: error)
    }
  }

  private static func replay(
    _ outcome: Outcome, _ record: RecordedDecision, _ hasEffects: Bool, isExhausted: Bool
  ) -> Replay {
    var replay = Replay(verdict: .same, fuel: outcome.cost.fuel)
    switch outcome.ending {
    case .fetch:
      if record.failure?.reason != LuaFailure.notHeldReason {
        replay.verdict = .differs("it asks for what was not recorded")
      }
      replay.failure = record.failure
    case .result(let bytes):
      let result = (try? JSON(parsing: bytes, limits: RecordLimits.parsing)) ?? .null
      if let recorded = record.result {
        if result.bytes != recorded.bytes { replay.verdict = .differs("its result is another one") }
      } else {
        replay.verdict = .differs("it decides now, and failed then")
      }
      // What a rule decides is taken back when its effects are refused.
      replay.failure = record.result == nil ? nil : record.failure
      if replay.failure == nil {
        // A decision with effects answers in the bytes of its record; any other in those the machine printed.
        let told = hasEffects ? record.printedResult ?? Array(bytes) : Array(bytes)
        replay.answer = record.answer(told)
      }
    case .failure(let failure):
      let failure = isExhausted ? failure.ofHostCalls : failure
      replay.failure = failure
      replay.verdict = compare(failure, record)
    }
    // Where memory ends depends on what else the machine held then.
    let isComparable = record.failure?.code != .memoryExhausted
    let isOfThisFormat = record.format == VirtualMachine.format
    if replay.verdict == .same, isComparable, isOfThisFormat, outcome.cost.fuel != record.fuel {
      replay.verdict = .differs("it costs \(outcome.cost.fuel), and \(record.fuel) then")
    }
    return replay
  }

  private static func compare(_ failure: LuaFailure, _ record: RecordedDecision) -> ReplayVerdict {
    guard record.result == nil, let recorded = record.failure else {
      return .differs("it fails now: \(failure.message)")
    }
    return failure.json == recorded.json ? .same : .differs("it fails otherwise: \(failure.message)")
  }
}

/// Gives host calls the answers that were recorded, in their order.
private final class RecordedAnswers: HostCallHandler {
  private var rest: ArraySlice<RecordedCall>
  /// The host didn't hold what the record ends with.
  private let endsWithFetch: Bool
  /// The calls ended the run, as their record was full.
  private let endsExhausted: Bool
  private(set) var isExhausted = false
  private(set) var difference: String?

  init(_ record: RecordedDecision) {
    rest = record.calls[...]
    endsWithFetch = record.failure?.reason == LuaFailure.notHeldReason
    endsExhausted = record.failure?.reason == LuaFailure.hostCallsReason
  }

  func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    let name = HostCallName(number: call)?.rawValue ?? "?"
    guard let next = rest.popFirst() else {
      if endsExhausted {
        isExhausted = true
        return .failure(.memoryExhausted, "the record of its host calls is full")
      }
      return endsWithFetch ? .fetch : differ("it calls \(name) where it called nothing")
    }
    let given = RecordedCall.kept(arguments)
    if next.call != name || given.bytes != next.arguments.bytes {
      return differ("it calls \(name)\(given.text) where it called \(next.call)\(next.arguments.text)")
    }
    return next.hostAnswer
  }

  private func differ(_ text: String) -> HostAnswer {
    if difference == nil { difference = text }
    return .failure(.runtime, text)
  }
}
