internal import Synchronization

/// Where the reconciler is in the provider's list, from one round to the next, for as long as the host runs: a look
/// that was interrupted goes on where it was, and what couldn't be compared is compared again.
final class PaymentListLooks: Sendable {
  /// One reading of the list to its end, over one round or more.
  struct Look: Sendable {
    /// From when on, in seconds since 1970.
    var since: Int64
    /// Whether it goes far back.
    var isLong: Bool
    /// When it was begun, in milliseconds since 1970.
    var begun: Int64
    /// The intent behind which it goes on; nil at its beginning.
    var behind: String?
    /// Whether its last page was read.
    var isAtEnd = false
  }

  private struct State {
    var unfinished: Look?
    /// When the last finished ones were begun.
    var lastLong: Int64?
    var last: Int64?
    var missed: Set<String> = []
    var alarmed: Set<String> = []
  }

  private static let day: Int64 = 86_400_000
  /// More are left to the next far look.
  private static let mostMissed = 10_000

  private let state = Mutex(State())

  /// The look to go on with, or a new one: a far one at first and then once a day.
  func next(at now: Int64, _ options: PaymentReconciler.Options) -> Look {
    state.withLock { state in
      if let unfinished = state.unfinished { return unfinished }
      guard let long = state.lastLong, let last = state.last, now - long < Self.day else {
        return Look(since: now / 1000 - options.longListedSeconds, isLong: true, begun: now)
      }
      return Look(since: last / 1000 - options.listedSeconds, isLong: false, begun: now)
    }
  }

  /// The next round goes on with `look`; nil lets it begin anew.
  func interrupt(_ look: Look?) { state.withLock { $0.unfinished = look } }

  func finish(_ look: Look) {
    state.withLock { state in
      state.unfinished = nil
      state.last = look.begun
      if look.isLong { state.lastLong = look.begun }
    }
  }

  /// Notes an intent that couldn't be compared now.
  func miss(_ intent: String) {
    state.withLock { if $0.missed.count < Self.mostMissed { $0.missed.insert(intent) } }
  }

  /// Those that were noted, by name; they are noted no more.
  func takeMissed() -> [String] {
    state.withLock { state in
      defer { state.missed = [] }
      return state.missed.sorted()
    }
  }

  /// Whether no alarm was raised for this intent yet.
  func mayAlarm(_ intent: String) -> Bool { state.withLock { $0.alarmed.insert(intent).inserted } }
}
