internal import Core
internal import Metrics
internal import Synchronization

/// Marks intents as a ledger's. Hosts with ledgers of their own, or other programs, may share an account at the
/// provider: what they collect there is theirs, and no alarm here.
struct LedgerMark: Sendable {
  /// Whose an intent is, as far as it says.
  enum Origin: Sendable, Equatable {
    /// It was made for this ledger.
    case ours
    /// It says nothing: another program made it, or a host from before there were marks.
    case unmarked
    /// It was made for another ledger.
    case foreign
  }

  /// The name among an intent's metadata.
  static let name: ExactText = "cascade_ledger"

  /// What the mark says: the name of the ledger that the host books in.
  let ledger: String

  /// Whose `intent` is. An intent that went through `removed(from:)` says nothing.
  func origin(of intent: PaymentIntent) -> Origin {
    guard let mark = intent.metadata[Self.name] else { return .unmarked }
    return ExactText(mark) == ExactText(ledger) ? .ours : .foreign
  }

  /// The metadata of a new intent.
  func added(to metadata: [ExactText: String]) -> [ExactText: String] {
    var marked = metadata
    marked[Self.name] = ledger
    return marked
  }

  /// The intent with the metadata that were agreed; another ledger's mark stays, and makes it another payment's.
  func removed(from intent: PaymentIntent) -> PaymentIntent {
    guard origin(of: intent) == .ours else { return intent }
    var plain = intent
    plain.metadata[Self.name] = nil
    return plain
  }
}

/// Intents at the provider that aren't this ledger's, each counted once as long as it is remembered.
final class ForeignIntents: Sendable {
  /// The reconciler sees the latest ones again each round; a few more than it reads in a day are remembered.
  private static let remembered = 20_000

  private struct State {
    var known = AgeingMap<String, Bool>(limit: remembered)
    var count = 0
  }

  private let state = Mutex(State())
  private let counter = Counter(label: "cascade_payment_foreign_intents")

  /// How many were counted.
  var count: Int { state.withLock(\.count) }

  /// Counts an intent; whether it is the first one ever.
  func note(_ intent: String) -> Bool {
    let place = state.withLock { state -> Int? in
      if state.known[intent] != nil { return nil }
      state.known[intent] = true
      state.count += 1
      return state.count
    }
    if place != nil { counter.increment() }
    return place == 1
  }
}
