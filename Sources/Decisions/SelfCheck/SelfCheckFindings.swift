internal import Synchronization

/// What a host's self-check found since it began, for those who say how the host is.
package final class SelfCheckFindings: Sendable {
  /// Something that was found for the first time.
  package struct Finding: Sendable, Equatable {
    /// What kind of thing.
    package enum Kind: String, Sendable {
      /// The same input came to another answer.
      case otherAnswer = "other_answer"
      /// What is kept is not what was written.
      case changed
    }

    /// What kind of thing.
    package var kind: Kind
    /// What was found where, for an operator.
    package var message: String
  }

  private struct State {
    var answersDiffer = false
    var isChanged = false
    /// What was told already; it is found again in each pass.
    var told: Set<String> = []
    /// How many records couldn't be run again, and which one last, with the reason.
    var impossible: (count: Int, last: String) = (0, "")
    /// When the pass before this one began: everything was verified since.
    var verifiedSince: ContinuousClock.Instant
    var passBegan: ContinuousClock.Instant
  }

  /// Findings that are remembered as told; further ones are counted alone.
  static let toldFindings = 1_000

  private let state: Mutex<State>

  /// Nothing is found, and nothing verified.
  package init(now: ContinuousClock.Instant = .now) {
    state = Mutex(State(verifiedSince: now, passBegan: now))
  }

  /// Why what this host answers can't be relied on; nil when nothing speaks against it. Anybody may read it.
  package var unreadiness: String? {
    state.withLock { $0.answersDiffer ? "the same input came to another answer; the host's log says which" : nil }
  }

  /// What is wrong in all, for people; nil when nothing is.
  package var problem: String? {
    unreadiness ?? state.withLock { $0.isChanged ? "what is kept is not what was written" : nil }
  }

  /// Records that couldn't be run again, each as often as that was tried, and the last one of them with the reason; nil
  /// when there was none.
  package var impossible: (count: Int, last: String)? {
    state.withLock { $0.impossible.count > 0 ? $0.impossible : nil }
  }

  /// How long it is at most since each piece was verified.
  package func oldestUnverified(now: ContinuousClock.Instant = .now) -> Duration {
    state.withLock { $0.verifiedSince.duration(to: now) }
  }

  /// Takes what a step found; what of it is new. O(findings).
  package func take(_ step: SelfCheckStep, now: ContinuousClock.Instant = .now) -> [Finding] {
    var findings = step.faults.map { Finding(kind: .changed, message: "what is kept is not what was written: \($0)") }
    if case .differs(let reason) = step.verdict {
      let record = step.record ?? ""
      findings.append(
        Finding(kind: .otherAnswer, message: "the same input came to another answer: decision \(record): \(reason)"))
    }
    return state.withLock { state in
      if case .impossible(let reason) = step.verdict {
        state.impossible = (state.impossible.count + 1, "\(step.record ?? ""): \(reason)")
      }
      if step.endsPass { (state.verifiedSince, state.passBegan) = (state.passBegan, now) }
      return findings.filter { finding in
        if finding.kind == .changed { state.isChanged = true } else { state.answersDiffer = true }
        return state.told.count < Self.toldFindings && state.told.insert(finding.message).inserted
      }
    }
  }
}
