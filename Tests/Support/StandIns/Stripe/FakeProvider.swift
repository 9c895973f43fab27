package import Commerce
package import Core
internal import Synchronization
internal import TrustGraph

/// A call of the host's, before it is answered.
package enum ProviderCall: Sendable, Equatable {
  case create(Identifier)
  case read(String)
  case cancel(String)
  case refund(String)
  case find(Identifier)
  case list

  /// Whether it changes something.
  package var changes: Bool {
    switch self {
    case .create, .cancel, .refund: true
    case .read, .find, .list: false
    }
  }
}

/// What goes wrong with a call.
package enum ProviderFault: Sendable, Equatable {
  /// Nothing was done; the host gets this error.
  case refused(ProviderError)
  /// It was done; the host doesn't learn how it ended.
  case replyLost
  /// The host learns nothing, and so many milliseconds later it is done; a call that only reads just fails.
  case late(Int64)
}

/// A provider in memory: no network, no waiting, the faults that it is given. A class that threads may share.
package final class FakeProvider: PaymentProvider {
  /// Decides what goes wrong with a call; nil is nothing.
  package typealias Faults = @Sendable (ProviderCall) -> ProviderFault?

  private struct State {
    var book: StripeBook
    /// What is done when its time, in milliseconds, has come.
    var late: [(due: Int64, body: (inout StripeBook, Int64) -> Void)] = []

    /// Does what is due at `now`.
    mutating func catchUp(_ now: Int64) {
      let due = late.filter { $0.due <= now }
      if due.isEmpty { return }
      late.removeAll { $0.due <= now }
      for (time, body) in due.sorted(by: { $0.due < $1.due }) { body(&book, time / 1000) }
    }
  }

  private let state: Mutex<State>
  private let told = Mutex(0)
  private let clock: @Sendable () -> Int64
  /// In a struct, as a bare closure would be wrapped once more each time it is taken out of the mutex.
  private struct Script {
    var faults: Faults
  }

  private let script: Mutex<Script>

  /// A provider by this clock (milliseconds since 1970), with these faults.
  package init(
    livemode: Bool = false, clock: @escaping @Sendable () -> Int64, faults: @escaping Faults = { _ in nil }
  ) {
    state = Mutex(State(book: StripeBook(livemode: livemode)))
    self.clock = clock
    script = Mutex(Script(faults: faults))
  }

  /// Replaces what decides on faults.
  package func setFaults(_ faults: @escaping Faults) { script.withLock { $0.faults = faults } }

  /// Faults for one call in `oneIn`, from a seed: before the effect, behind it, and the effect up to an hour late.
  package static func seededFaults(seed: UInt64, oneIn: Int) -> Faults {
    let generator = SharedGenerator(seed: seed)
    return { call in
      guard generator.next(below: oneIn) == 0 else { return nil }
      switch generator.next(below: 6) {
      case 0: return .refused(ProviderError(.unavailable, "no connection"))
      case 1: return .refused(ProviderError(.rateLimited, "too many requests"))
      case 2: return .late(Int64(1 + generator.next(below: 5_000)))
      case 3: return .late(Int64(1 + generator.next(below: 3_600_000)))
      default: return .replyLost
      }
    }
  }

  /// Plays the buyer or the bank: whatever the book can do, at the clock's second.
  @discardableResult
  package func act<Value: Sendable>(_ body: (inout StripeBook, Int64) -> Value) -> Value {
    withBook(body)
  }

  private func withBook<Value: Sendable>(_ body: (inout StripeBook, Int64) -> Value) -> Value {
    let now = clock()
    return state.withLock { state in
      state.catchUp(now)
      return body(&state.book, now / 1000)
    }
  }

  /// Every intent, oldest first. O(intents).
  package var intents: [PaymentIntent] { withBook { book, _ in book.intents } }

  /// The events since the last time this was asked, in order.
  package func newEvents() -> [PaymentEvent] {
    withBook { book, _ in
      told.withLock { told in
        defer { told = book.events.count }
        return Array(book.events[told...])
      }
    }
  }

  private func call<Value: Sendable>(
    _ call: ProviderCall, _ body: @escaping @Sendable (inout StripeBook, Int64) -> Result<Value, ProviderError>
  ) throws(ProviderError) -> Value {
    let faults = script.withLock { $0.faults }
    let fault = faults(call)
    if case .refused(let error) = fault { throw error }
    if case .late(let milliseconds) = fault {
      guard call.changes else { throw ProviderError(.unavailable, "no answer came") }
      let due = clock() + milliseconds
      state.withLock { $0.late.append((due, { book, now in _ = body(&book, now) })) }
      throw ProviderError(.outcomeUnknown, "no answer came")
    }
    let outcome = withBook(body)
    if fault == .replyLost {
      throw ProviderError(call.changes ? .outcomeUnknown : .unavailable, "the reply was lost")
    }
    return try outcome.get()
  }
}

extension FakeProvider {
  /// See `PaymentProvider`.
  package func createIntent(
    _ request: PaymentIntentRequest, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentIntent {
    try call(.create(idempotencyKey)) { $0.create(request, key: idempotencyKey, at: $1) }
  }

  /// See `PaymentProvider`.
  package func intent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    try call(.read(id)) { book, _ in book.read(id) }
  }

  /// See `PaymentProvider`.
  package func cancelIntent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    try call(.cancel(id)) { $0.cancel(id, at: $1) }
  }

  /// See `PaymentProvider`.
  package func refund(
    _ id: String, amount: Int64?, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentRefund {
    try call(.refund(id)) { $0.refund(id, amount: amount, key: idempotencyKey, at: $1) }
  }

  /// See `PaymentProvider`.
  package func intents(
    payment: Identifier, created: ClosedRange<Int64>
  ) async throws(ProviderError) -> [PaymentIntent] {
    try call(.find(payment)) { book, _ in .success(book.find(payment: payment, created: created)) }
  }

  /// See `PaymentProvider`.
  package func listIntents(
    createdSince: Int64, after: String?, limit: Int
  ) async throws(ProviderError) -> PaymentIntentPage {
    try call(.list) { book, _ in
      .success(book.list(since: createdSince, after: after, limit: limit))
    }
  }
}

/// A seeded sequence that threads share.
package final class SharedGenerator: Sendable {
  private let generator: Mutex<SeededGenerator>

  /// The sequence of `seed`.
  package init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

  /// The next 64 bits.
  package func next() -> UInt64 { generator.withLock { $0.next() } }

  /// A number in 0..<`bound`.
  package func next(below bound: Int) -> Int { generator.withLock { $0.next(below: bound) } }
}
