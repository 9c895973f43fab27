package import CascadeHost
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
}

/// A provider in memory: no network, no waiting, the faults that it is given. A class that threads may share.
package final class FakeProvider: PaymentProvider {
  /// Decides what goes wrong with a call; nil is nothing.
  package typealias Faults = @Sendable (ProviderCall) -> ProviderFault?

  private let book: Mutex<StripeBook>
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
    book = Mutex(StripeBook(livemode: livemode))
    self.clock = clock
    script = Mutex(Script(faults: faults))
  }

  /// Replaces what decides on faults.
  package func setFaults(_ faults: @escaping Faults) { script.withLock { $0.faults = faults } }

  /// Faults for one call in `oneIn`, from a seed: half before, half behind the effect.
  package static func seededFaults(seed: UInt64, oneIn: Int) -> Faults {
    let generator = SharedGenerator(seed: seed)
    return { call in
      guard generator.next(below: oneIn) == 0 else { return nil }
      switch generator.next(below: 4) {
      case 0: return .refused(ProviderError(.unavailable, "no connection"))
      case 1: return .refused(ProviderError(.rateLimited, "too many requests"))
      default: return .replyLost
      }
    }
  }

  /// Plays the buyer or the bank: whatever the book can do, at the clock's second.
  @discardableResult
  package func act<Value: Sendable>(_ body: (inout StripeBook, Int64) -> Value) -> Value {
    let now = clock() / 1000
    return book.withLock { body(&$0, now) }
  }

  /// Every intent, oldest first. O(intents).
  package var intents: [PaymentIntent] { book.withLock { $0.intents } }

  /// The events since the last time this was asked, in order.
  package func newEvents() -> [PaymentEvent] {
    book.withLock { book in
      told.withLock { told in
        defer { told = book.events.count }
        return Array(book.events[told...])
      }
    }
  }

  private func call<Value: Sendable>(
    _ call: ProviderCall, _ body: (inout StripeBook, Int64) -> Result<Value, ProviderError>
  ) throws(ProviderError) -> Value {
    let faults = script.withLock { $0.faults }
    let fault = faults(call)
    if case .refused(let error) = fault { throw error }
    let now = clock() / 1000
    let outcome = book.withLock { body(&$0, now) }
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
  package func intents(payment: Identifier) async throws(ProviderError) -> [PaymentIntent] {
    try call(.find(payment)) { book, _ in .success(book.find(payment: payment)) }
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
