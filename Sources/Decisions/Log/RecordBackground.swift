internal import Core
internal import Glibc
internal import Logging
internal import Metrics
internal import NIOPosix
internal import Synchronization

/// What logs of records have done on a thread of its own, one after the other: files of segments are made before they
/// are needed, full ones are made durable and packed, and after a failure somebody looks when it is over.
final class RecordBackground: Sendable {
  private let logger: Logger
  private let pool = NIOThreadPool(numberOfThreads: 1)
  private let isClosing = Mutex(false)
  private let failures = Counter(label: "cascade_record_write_failures")

  init(_ logger: Logger) {
    self.logger = logger
    pool.start()
  }

  /// Says what was found when a log was opened.
  func report(_ finding: RecordWriter.Finding?) {
    switch finding {
    case .cut(let path, let fault, let bytes):
      logger.notice("\(path): \(fault); that is cut off, as a crash leaves it", metadata: ["bytes": "\(bytes)"])
    case .setAside(let path, let faults, let next):
      logger.error(
        """
        \(path) is damaged: \(faults.joined(separator: "; ")). It stays as it is, and records go on in \(next); \
        'cascade replay --all' shows what can be read
        """)
    case nil: break
    }
  }

  /// Does what an append left to do.
  func run(_ errands: LaneLog.Errands, for log: LaneLog) {
    if errands.failure != nil { failures.increment() }
    if let failure = errands.failure, errands.isFirstFailure {
      logger.critical("decision records can't be written, and decisions are refused: \(failure)")
      pool.submit { _ in self.recover(log) }
    }
    if errands.hasRecovered { logger.notice("decision records are written again") }
    if let next = errands.next {
      pool.submit { _ in
        // Where it can't be made, the append that needs it says so.
        guard let descriptor = try? RecordFile.create(RecordFile.path(log.directory, next)) else { return }
        log.takeNext(descriptor, of: next)
      }
    }
    for closed in errands.closed { pool.submit { _ in self.finish(closed, in: log.directory) } }
  }

  private func recover(_ log: LaneLog) {
    if isClosing.withLock({ $0 }) { return }
    RecordFile.pause(RecordLimits.retryInterval)
    if log.recover() { return }
    pool.submit { _ in self.recover(log) }
  }

  private func finish(_ closed: RecordWriter.Closed, in directory: String) {
    do throws(StoreError) {
      defer { Glibc.close(closed.descriptor) }
      try RecordFile.sync(closed.descriptor, RecordFile.path(directory, closed.segment))
    } catch {
      logger.critical("the last decision records may be lost: \(error)")
    }
    pack(closed.segment, in: directory)
  }

  /// Packs the segments before this one that aren't packed, as after a crash.
  func packAll(before segment: Int, in directory: String) {
    pool.submit { _ in
      for number in (try? RecordFile.segments(in: directory)) ?? [] where number < segment {
        if self.isClosing.withLock({ $0 }) { return }
        self.pack(number, in: directory)
      }
    }
  }

  private func pack(_ number: Int, in directory: String) {
    do throws(StoreError) {
      try SegmentPacking.pack(number, in: directory)
    } catch {
      // It stays as it was, and is packed after the next start.
      logger.warning("\(RecordFile.path(directory, number)) can't be packed now: \(error)")
    }
  }

  /// What `body` gives, in turn with what else is done. Throws what it throws, or `closed` at the end of the process.
  func perform<Value: Sendable>(
    _ body: @escaping @Sendable () throws(StoreError) -> Value
  ) async throws -> Value {
    if isClosing.withLock({ $0 }) { throw StoreError(.closed, "the log of records is closed") }
    return try await pool.runIfActive { try body() }
  }

  /// Returns when everything submitted so far is done.
  func finish() async throws { try await pool.runIfActive {} }

  /// Ends what is under way, and does nothing more.
  func close() async {
    isClosing.withLock { $0 = true }
    try? await finish()
    try? await pool.shutdownGracefully()
  }
}
