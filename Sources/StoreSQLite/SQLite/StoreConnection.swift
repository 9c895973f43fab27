internal import Core
internal import GRDB
internal import Synchronization

/// A store's file while it is open: one connection that writes, on a queue of its own, and one that reads beside it.
///
/// Writes that come while a commit is under way share the next one; each has a savepoint of its own and fails alone. A
/// read doesn't wait for writes, and sees everything that was committed before it began.
final class StoreConnection: Sendable {
  private let reader: DatabaseQueue
  private let commits: CommitQueue<SharedCommits>
  /// Nil when the file was opened for reading only.
  private let committer: SharedCommits?
  private let subject: String
  /// The path of the file.
  let path: String
  let age: Mutex<Age>
  private let failed = Mutex<StoreError.Code?>(nil)

  /// Why the file didn't take the last write that changed something; nil when it did.
  var writeProblem: StoreError.Code? { failed.withLock(\.self) }

  /// The most writes that wait.
  private static let waiting = 10_000

  /// Opens `subject.sqlite` in `directory`, which is made when there is none, and brings its tables up to date.
  /// `temporary` makes tables that end with the process. Blocks. Throws `unsupported_version` when a later version
  /// wrote the file, `corrupt` or `io` when it can't be read.
  init(
    _ subject: String, in directory: String, _ migrator: DatabaseMigrator, temporary: String = ""
  ) throws(StoreError) {
    self.subject = subject
    let file = StoreFile(subject + ".sqlite", in: directory)
    path = file.path
    do {
      try file.make()
      committer = SharedCommits(try file.openForWriting(migrator) { try $0.execute(sql: temporary) })
      reader = try file.openForReading()
      age = Mutex(Age(number: try reader.read { try $0.age() }))
    } catch {
      throw StoreError(error, while: "opening \(file.path)", advice: Self.advice)
    }
    commits = CommitQueue("the store of \(subject)", limit: Self.waiting)
  }

  /// Opens the file for reading only, whether or not another process writes it. Throws `io` when there is none, or as
  /// the other.
  init(reading subject: String, in directory: String, _ migrator: DatabaseMigrator) throws(StoreError) {
    self.subject = subject
    let file = StoreFile(subject + ".sqlite", in: directory)
    guard file.exists else {
      throw StoreError(.io, "there is no \(subject) in \(directory); --data names the directory that a host keeps")
    }
    path = file.path
    age = Mutex(Age(number: 0, isBehind: false))
    do {
      reader = try file.openForReading()
      try file.check(reader, migrator)
    } catch {
      throw StoreError(error, while: "opening \(file.path)", advice: Self.advice)
    }
    committer = nil
    commits = CommitQueue("the store of \(subject)", limit: 0)
  }

  private static let advice = "put back a copy of it"

  /// Runs `body` in a savepoint and returns when it is committed. Throws what `body` throws, with nothing written, or
  /// why the commit failed; an error of SQLite as a store's.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    do {
      let (value, isChange) = try await commit(body)
      // What changes nothing is taken by a full disk, too.
      if isChange {
        failed.withLock { $0 = nil }
        age.withLock { $0.isBehind = true }
      }
      return value
    } catch {
      let problem = StoreError(error, while: "writing \(subject)", advice: Self.advice)
      if let code = (error as? DatabaseError)?.resultCode, code != .SQLITE_CONSTRAINT {
        failed.withLock { $0 = problem.code }
      }
      throw problem
    }
  }

  /// Runs `body` as ``write(_:)`` does; its value, and whether it changed rows. Throws what `body` throws, and SQLite.
  func commit<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> (value: Value, isChange: Bool) {
    guard let committer else { throw StoreError(.closed, "the store of \(subject) was opened for reading only") }
    let outcome = Outcome<(value: Value, isChange: Bool)>()
    let failure: (any Error)? = await withCheckedContinuation { continuation in
      let job = SharedCommits.Job { database in
        outcome.set(
          Result {
            let before = database.totalChangesCount
            let value = try SharedCommits.inSavepoint(of: database, body)
            return (value, database.totalChangesCount != before)
          })
      } finish: {
        continuation.resume(returning: $0)
      }
      if let refused = commits.enter(job, for: committer) { continuation.resume(returning: refused) }
    }
    if let failure { throw failure }
    return try outcome.get()
  }

  /// Runs `body` in a read transaction, off the cooperative pool. Throws an error of SQLite as a store's.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    do {
      return try await reader.read(body)
    } catch {
      throw StoreError(error, while: "reading \(subject)", advice: Self.advice)
    }
  }

  /// Finishes what waits and closes the file, which is whole then, without a log of writes beside it: the writer's
  /// connection is the last. Later calls throw `closed` or `io`.
  func close() async {
    if let committer {
      await withCheckedContinuation { continuation in
        let due = age.withLock { $0.isBehind ? $0.next : nil }
        let job = SharedCommits.Job { database in
          // A disk that is full leaves the file as old as it is.
          if let due { try? SharedCommits.inSavepoint(of: database) { try $0.raise(to: due) } }
        } finish: { _ in
          continuation.resume()
        }
        if commits.enter(job, isLast: true, for: committer) != nil { continuation.resume() }
      }
    }
    try? reader.close()
    committer?.close()
  }

  private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

    func get() throws -> Value {
      guard let result = result.withLock({ $0 }) else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
      return try result.get()
    }
  }
}

/// Commits what many callers write on one connection.
final class SharedCommits: BatchCommitting {
  /// One caller's write, waiting for the next commit.
  struct Job: Sendable {
    /// Does a caller's work.
    var run: @Sendable (Database) -> Void
    /// Tells the caller why it wasn't committed; nil when it was.
    var finish: @Sendable (_ failure: (any Error)?) -> Void
  }

  /// The most writes that share one commit.
  private static let most = 256

  private let connection: DatabaseQueue

  init(_ connection: DatabaseQueue) { self.connection = connection }

  func close() { try? connection.close() }

  func share(of waiting: [Job]) -> Int { min(waiting.count, Self.most) }

  func perform(_ batch: [Job]) {
    var failure: (any Error)?
    do {
      try connection.write { database in
        for job in batch {
          // A full disk may have undone it all; what follows must not be written alone.
          guard database.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
          job.run(database)
        }
      }
    } catch { failure = error }
    for job in batch { job.finish(failure) }
  }

  static func inSavepoint<Value>(of database: Database, _ body: (Database) throws -> Value) throws -> Value {
    var value: Value?
    try database.inSavepoint {
      value = try body(database)
      return .commit
    }
    guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
    return value
  }
}
