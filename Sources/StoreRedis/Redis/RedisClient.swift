internal import Core
internal import Dispatch
internal import Synchronization

/// Asks a Redis, on a thread of its own. When one command finds no Redis, those of the next second aren't tried: so no
/// request waits for a Redis that is away.
package final class RedisClient: Sendable {
  private struct State {
    /// Until when nothing is tried.
    var awayUntil: ContinuousClock.Instant?
  }

  /// The Redis that it asks.
  package let address: RedisAddress
  private let queue = DispatchQueue(label: "cascade.redis", qos: .userInitiated)
  private let connection = Mutex<RedisConnection?>(nil)
  private let state = Mutex(State())
  private let waiting = Atomic(0)
  private let told: @Sendable (_ isAway: Bool, _ cause: String) -> Void

  /// Commands that wait for the connection.
  private static let limit = 10_000
  private static let rest: Duration = .seconds(1)

  /// A client that connects with its first command. `told` hears once when Redis is away, and once when it is back.
  package init(
    _ address: RedisAddress, told: @escaping @Sendable (_ isAway: Bool, _ cause: String) -> Void = { _, _ in }
  ) {
    self.address = address
    self.told = told
  }

  private var mustRest: Bool { state.withLock { $0.awayUntil.map { ContinuousClock.now < $0 } ?? false } }

  /// Whether the last command found no Redis.
  package var isAway: Bool { state.withLock { $0.awayUntil != nil } }

  /// Runs `body` with the connection. Throws `io` when Redis is away, which costs a request nothing but what Redis
  /// would have saved it.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable (RedisConnection) throws(RedisFailure) -> Value
  ) async throws(StoreError) -> Value {
    if mustRest { throw Self.away("") }
    let count = waiting.add(1, ordering: .relaxed).newValue
    defer { waiting.subtract(1, ordering: .relaxed) }
    if count > Self.limit { throw StoreError(.overloaded, "\(count) commands wait for Redis") }
    return try await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.attempt(body)) }
    }.get()
  }

  private func attempt<Value: Sendable>(
    _ body: @Sendable (RedisConnection) throws(RedisFailure) -> Value
  ) -> Result<Value, StoreError> {
    // Those behind the one that found Redis away don't wait for it, too.
    if mustRest { return .failure(Self.away("")) }
    let outcome: Result<Value, RedisFailure> = connection.withLock { slot in
      do throws(RedisFailure) {
        let connection: RedisConnection
        if let open = slot { connection = open } else { connection = try RedisConnection(address) }
        slot = connection
        return .success(try body(connection))
      } catch {
        slot = nil
        return .failure(error)
      }
    }
    switch outcome {
    case .success(let value):
      let wasAway = state.withLock { state in
        defer { state.awayUntil = nil }
        return state.awayUntil != nil
      }
      if wasAway { told(false, "") }
      return .success(value)
    case .failure(let failure):
      let wasAway = state.withLock { state in
        defer { state.awayUntil = ContinuousClock.now + Self.rest }
        return state.awayUntil != nil
      }
      if !wasAway { told(true, failure.description) }
      return .failure(Self.away(failure.description))
    }
  }

  private static func away(_ cause: String) -> StoreError {
    StoreError(.io, "Redis is away", cause: cause, retryAfter: .seconds(1))
  }
}
