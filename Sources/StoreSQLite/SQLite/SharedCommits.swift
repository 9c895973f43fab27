internal import Dispatch
package import GRDB
internal import Synchronization

/// Writes of many callers on one connection. Those that come while a commit is under way share the next one, so that
/// the disk is waited for once; each has a savepoint of its own and fails alone.
package final class SharedCommits: Sendable {
  private struct Job: Sendable {
    /// Does a caller's work.
    var run: @Sendable (Database) -> Void
    /// Tells the caller how that went, or why it wasn't committed.
    var finish: @Sendable (_ failure: (any Error)?) -> Void
  }

  private struct Inbox {
    var waiting: [Job] = []
    var isDraining = false
  }

  /// The most writes that share one commit.
  private static let most = 256

  private let connection: DatabaseQueue
  private let queue: DispatchQueue
  private let inbox = Mutex(Inbox())

  /// Writes on `connection`, on a queue of this name.
  package init(_ connection: DatabaseQueue, label: String) {
    self.connection = connection
    queue = DispatchQueue(label: label, qos: .userInitiated)
  }

  /// Runs `body` in a savepoint and returns when it is committed. Throws what `body` throws, with nothing written, or
  /// why the commit failed.
  package func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    let outcome = Outcome<Value>()
    return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
      let job = Job { database in
        outcome.set(Result { try Self.inSavepoint(of: database, body) })
      } finish: { failure in
        continuation.resume(with: failure.map { .failure($0) } ?? outcome.get())
      }
      enter(job)
    }
  }

  private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

    func get() -> Result<Value, any Error> { result.withLock { $0 ?? .failure(CancellationError()) } }
  }

  private static func inSavepoint<Value>(
    of database: Database, _ body: (Database) throws -> Value
  ) throws -> Value {
    var value: Value?
    try database.inSavepoint {
      value = try body(database)
      return .commit
    }
    guard let value else { throw CancellationError() }
    return value
  }

  private func enter(_ job: Job) {
    let starts = inbox.withLock { inbox in
      inbox.waiting.append(job)
      defer { inbox.isDraining = true }
      return !inbox.isDraining
    }
    if starts { queue.async { self.drain() } }
  }

  private func drain() {
    while true {
      let jobs: [Job] = inbox.withLock { inbox in
        let jobs = Array(inbox.waiting.prefix(Self.most))
        inbox.waiting.removeFirst(jobs.count)
        if jobs.isEmpty { inbox.isDraining = false }
        return jobs
      }
      if jobs.isEmpty { return }
      commit(jobs)
    }
  }

  private func commit(_ jobs: [Job]) {
    var failure: (any Error)?
    do {
      try connection.write { database in
        for job in jobs {
          // A full disk may have undone it all; what follows must not be written alone.
          guard database.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
          job.run(database)
        }
      }
    } catch { failure = error }
    for job in jobs { job.finish(failure) }
  }
}
