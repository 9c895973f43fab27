internal import Core
internal import Dispatch
internal import Synchronization

/// Connections for what may be done twice, such as reading: each with a thread of its own, opened when it is needed and
/// again when it broke.
final class PostgresConnections: Sendable {
  private final class Lane: Sendable {
    let queue: DispatchQueue
    let connection = Mutex<PostgresConnection?>(nil)
    init(_ number: Int) { queue = DispatchQueue(label: "cascade.postgres.\(number)") }
  }

  private let address: PostgresAddress
  private let session: PostgresSession
  private let lanes: [Lane]
  private let next = Atomic(0)
  private let waiting = Atomic(0)
  private let isClosed = Atomic(false)
  private let failed = Mutex<StoreError.Code?>(nil)

  /// Why PostgreSQL didn't take the last write that changed something; nil when it did.
  var writeProblem: StoreError.Code? { failed.withLock(\.self) }

  /// Up to `count` connections to `address`.
  init(_ address: PostgresAddress, _ session: PostgresSession, connections count: Int) {
    self.address = address
    self.session = session
    lanes = (0..<count).map { Lane($0) }
  }

  /// Runs `body` with a connection, off the cooperative pool; a second time when the first connection turned out to be
  /// broken. `action` is what an error says was done ("reading the ledger"); why one that `isWriting` failed is noted.
  func run<Value: Sendable>(
    _ action: String, isWriting: Bool = false, _ body: @escaping @Sendable (PostgresConnection) throws -> Value
  ) async throws(StoreError) -> Value {
    if isClosed.load(ordering: .relaxed) { throw StoreError(.closed, "the store is closed") }
    let count = waiting.add(1, ordering: .relaxed).newValue
    defer { waiting.subtract(1, ordering: .relaxed) }
    if count > PostgresLimits.waitingReads {
      throw StoreError(.overloaded, "\(count) requests wait for PostgreSQL; try again later", retryAfter: .seconds(1))
    }
    let lane = lanes[(next.add(1, ordering: .relaxed).oldValue & Int.max) % lanes.count]
    return try await withCheckedContinuation { continuation in
      lane.queue.async { continuation.resume(returning: self.attempt(on: lane, action, isWriting, body)) }
    }.get()
  }

  /// Notes that PostgreSQL didn't take a write, unless it refused what the caller made of it.
  func note(_ failure: PostgresFailure, _ problem: StoreError) {
    if !failure.isAboutContent { failed.withLock { $0 = problem.code } }
  }

  /// Notes that PostgreSQL took a write.
  func noteSuccess() { failed.withLock { $0 = nil } }

  private func attempt<Value: Sendable>(
    on lane: Lane, _ action: String, _ isWriting: Bool, _ body: @Sendable (PostgresConnection) throws -> Value
  ) -> Result<Value, StoreError> {
    lane.connection.withLock { slot in
      for attempt in 0..<2 {
        let isFresh = slot == nil
        do {
          let connection = try slot ?? PostgresConnection(address, session)
          slot = connection
          let value = try body(connection)
          return .success(value)
        } catch let failure as PostgresFailure {
          slot = nil
          if failure.isBroken, !isFresh, attempt == 0 { continue }
          let problem = StoreError(failure, while: action)
          if isWriting { note(failure, problem) }
          return .failure(problem)
        } catch {
          // Whoever refused by itself has ended its transaction.
          if !(error is StoreError) || slot?.isBroken ?? true { slot = nil }
          return .failure(error as? StoreError ?? StoreError(.io, "\(action) failed", cause: String(describing: error)))
        }
      }
      return .failure(StoreError(.io, "\(action) failed"))
    }
  }

  /// Takes nothing more and closes the connections.
  func close() async {
    isClosed.store(true, ordering: .relaxed)
    for lane in lanes {
      await withCheckedContinuation { continuation in
        lane.queue.async {
          lane.connection.withLock { $0 = nil }
          continuation.resume()
        }
      }
    }
  }
}
