package import Core
internal import Glibc
package import Ledger
package import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import Synchronization

/// Keeps the records of decisions that the ledger doesn't keep, in append-only segment files, chained by hash: a log
/// for each lane, and one for what the others decide.
///
/// A record is the system's before its decision is answered, and survives the end of the process from then on; it
/// reaches the disk when the system writes it out, when its segment is full, when a checkpoint names it and at the end.
/// What can't be appended is not answered; that is counted as `cascade_record_write_failures`, and is in the log of the
/// process: once when it begins, once when it is over. A full segment is packed in the background.
package final class RecordLog: RecordHeads {
  private struct State {
    var logs: [String: LaneLog] = [:]
    var isClosed = false
    var follower: (@Sendable () -> Void)?
  }

  /// Finds what was written.
  package let reader: RecordReader
  let directory: String
  let anchors: RecordAnchors
  private let limits: RecordLimits
  private let logger: Logger
  private let logs: Logs
  private let firstStage: FirstStageLog
  let background: RecordBackground
  /// Whether segments are being removed.
  let isPruning = Atomic(false)

  /// The logs by their folders; shared with the reader.
  private final class Logs: Sendable {
    let state = Mutex(State())

    func current(_ folder: String) -> (segment: Int, entries: [RecordIndex.Entry])? {
      state.withLock { $0.logs[folder] }?.current
    }
  }

  /// Goes on with the logs in `directory`, which is made when it isn't there. What `anchors` say was removed is
  /// counted, and removed where a crash came in between. Blocks. O(last segment of each log).
  package init(
    directory: String, anchors: RecordAnchors = RecordAnchors(), limits: RecordLimits = RecordLimits(),
    logger: Logger = Logger(label: "records")
  ) throws(StoreError) {
    self.directory = directory
    self.anchors = anchors
    self.limits = limits
    self.logger = logger
    let shared = Logs()
    logs = shared
    reader = RecordReader(directory: directory) { shared.current($0) }
    background = RecordBackground(logger)
    try StoreError.catching { () throws(FileError) in try Directory.make(directory) }
    firstStage = try FirstStageLog(directory: directory, logger: logger)
    for folder in try reader.folders() where !folder.isEmpty { _ = try log(folder) }
    _ = try log(RecordLogName.elsewhere)
  }

  /// The log of a lane, which is opened, or begun, when it is asked for first. Waits for the disk then.
  package func lane(_ number: Int) throws(StoreError) -> LaneLog { try log(String(number)) }

  private func log(_ folder: String) throws(StoreError) -> LaneLog {
    try logs.state.withLock { state throws(StoreError) in
      if let known = state.logs[folder] { return known }
      if state.isClosed { throw StoreError(.closed, "the log of records is closed") }
      let name = RecordLogName.name(ofFolder: folder)
      let pruned = try SegmentPruning.finish(in: reader.folder(folder), of: name, anchors[name])
      let log = try LaneLog(folder, in: directory, limits: limits, pruned: pruned) { [background] in
        background.run($1, for: $0)
      }
      background.report(log.finding)
      background.packAll(before: log.current.segment, in: log.directory)
      if let follower = state.follower { log.whenWritten(follower) }
      state.logs[folder] = log
      return log
    }
  }

  /// How many records its logs have that were written. Waits for the disk the first time where there is a log of the
  /// first stage.
  package var count: Int64 {
    let earlier = (try? firstStage.head())?.count ?? 0
    return all.reduce(earlier) { $0 + $1.count }
  }

  /// From now on calls `body` after each write to any log, on the thread that writes; it must not wait.
  package func whenWritten(_ body: @escaping @Sendable () -> Void) {
    let logs = logs.state.withLock { state in
      state.follower = body
      return Array(state.logs.values)
    }
    for log in logs { log.whenWritten(body) }
  }

  /// Its logs, each to be followed in its own order, sorted by name: those that are open by now, and the one of the
  /// first stage where there is one. Throws when the directory can't be read.
  package func followed() throws(StoreError) -> [FollowedLog] {
    var followed = all.map { log in FollowedLog(log.folder, reader) { log.written } }
    if let end = try firstStage.end() { followed.append(FollowedLog("", reader) { end }) }
    return followed
  }

  /// Those that are open by now, sorted by their folders.
  var all: [LaneLog] {
    logs.state.withLock { $0.logs.values.sorted { $0.folder.utf8.lexicographicallyPrecedes($1.folder.utf8) } }
  }

  /// Why a record can't be kept now; nil when each can.
  package var problem: StoreError? { all.lazy.compactMap(\.problem).first }

  /// Keeps one record; tries for `patience` and is false when it can't be kept, or the log is closed.
  @discardableResult
  package func append(_ record: RecordedDecision, patience: Duration = .zero) async -> Bool {
    let end = ContinuousClock.now + patience
    repeat {
      if await keep(record) { return true }
      if logs.state.withLock({ $0.isClosed }) { return false }
      try? await Task.sleep(for: min(patience, RecordLimits.retryInterval))
    } while ContinuousClock.now < end
    return false
  }

  private func keep(_ record: RecordedDecision) async -> Bool {
    let kept = try? await NIOSingletons.posixBlockingThreadPool.runIfActive { [self] in
      var frames = RecordFrames()
      let subject = record.subject.map { RecordSubject.hash($0.utf8) } ?? 0
      frames.append(record.id, subject: subject, record.json.bytes)
      try log(RecordLogName.elsewhere).append(&frames)
      return true
    }
    return kept ?? false
  }

  /// Where the logs end, sorted by their names; everything in them is durable. Waits for the disk.
  package func heads() async throws -> [RecordHead] {
    let heads = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [self] in
      var heads = try all.map { log in
        let (count, hash) = try log.end()
        return RecordHead(
          log: RecordLogName.name(ofFolder: log.folder), sequence: Int64(count), hash: hash, count: Int64(count))
      }
      if let head = try firstStage.head() { heads.append(head) }
      return heads
    }
    // The segments before are on their way to the disk in the background, in turn.
    try await background.finish()
    return heads.sorted { $0.log.utf8.lexicographicallyPrecedes($1.log.utf8) }
  }

  /// Makes everything durable and ends the background's work. What is returned says what may be lost, and so does the
  /// log of the process; nil when all is well. Again is harmless.
  @discardableResult
  package func close() async -> StoreError? {
    let wasClosed = logs.state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    if wasClosed { return nil }
    var loss: StoreError?
    for log in all {
      do throws(StoreError) { try log.close() } catch {
        loss = StoreError(.io, "the last decision records may be lost: \(error)")
      }
    }
    await background.close()
    if let loss { logger.critical("\(loss)") }
    return loss
  }
}
