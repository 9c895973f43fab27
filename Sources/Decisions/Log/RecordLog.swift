package import Core
internal import Glibc
package import Ledger
package import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Keeps the records of decisions without effects in append-only segment files, chained by hash.
///
/// One thread writes. What waits for it is bounded; when the bound is reached nothing is dropped: whoever decides must
/// wait for room. Written records survive the end of the process; they reach the disk when the system writes them
/// out, when a segment is full and at the end. A write that fails is tried again until it works, at the end for
/// ``RecordLimits/closing``; it is counted as `cascade_record_write_failures`, and is in the log of the process: once
/// when it begins, once when it is over.
package final class RecordLog: RecordHeads {
  /// The name of the log in a checkpoint.
  package static let name = "records"

  private struct State {
    var waiting: [RecordBatch] = []
    var weight = 0
    /// How many were taken and are not written yet.
    var records = 0
    var isWriting = false
    var isClosed = false
    /// Who waits for room, by the ticket they got.
    var forRoom: [Int: @Sendable () -> Void] = [:]
    var tickets = 0
    var whenWritten: [@Sendable () -> Void] = []
    var problem: StoreError?

    /// Nobody writes any more; who is to be told.
    mutating func endWriting() -> [@Sendable () -> Void] {
      isWriting = false
      defer { whenWritten = [] }
      return whenWritten
    }
  }

  /// Finds what was written.
  package let reader: RecordReader
  private let limits: RecordLimits
  private let logger: Logger
  private let state = Mutex(State())
  private let writer: SharedWriter
  private let pool = NIOThreadPool(numberOfThreads: 1)

  /// Goes on with the log in `directory`, which is made when it isn't there. Blocks. O(last segment).
  package init(
    directory: String, limits: RecordLimits = RecordLimits(), logger: Logger = Logger(label: "records")
  ) throws(StoreError) {
    self.limits = limits
    self.logger = logger
    let opened = try RecordWriter(directory: directory, limits: limits)
    Self.report(opened.finding, logger)
    let shared = SharedWriter(opened)
    writer = shared
    reader = RecordReader(directory: directory) { shared.writer.withLock { ($0.segment, $0.index) } }
    pool.start()
  }

  private static func report(_ finding: RecordWriter.Finding?, _ logger: Logger) {
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

  /// How many records it has that were written.
  package var count: Int64 { writer.writer.withLock { Int64($0.count) } }

  /// Why the last write failed; nil when it didn't. It is tried again until it works.
  package var problem: StoreError? { state.withLock { $0.problem } }

  /// Whether a decision may be made now: its record will find room.
  package var hasRoom: Bool { state.withLock { $0.weight < limits.waitingBytes } }

  /// Calls `body` once, as soon as there is room: at once when there is some. The ticket is for ``stopWaiting(_:)``.
  @discardableResult
  package func whenRoom(_ body: @escaping @Sendable () -> Void) -> Int {
    let ticket: Int? = state.withLock { state in
      if state.weight < limits.waitingBytes { return nil }
      state.tickets += 1
      state.forRoom[state.tickets] = body
      return state.tickets
    }
    if ticket == nil { body() }
    return ticket ?? 0
  }

  /// Whoever got this ticket waits no more.
  package func stopWaiting(_ ticket: Int) { state.withLock { _ = $0.forRoom.removeValue(forKey: ticket) } }

  /// Whether there is room, now or within `patience`.
  package func waitForRoom(_ patience: Duration) async -> Bool {
    if hasRoom { return true }
    let (answers, answer) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
    let ticket = whenRoom { answer.yield(true) }
    let late = Task {
      try? await Task.sleep(for: patience)
      answer.yield(false)
    }
    defer {
      late.cancel()
      stopWaiting(ticket)
    }
    for await hasRoom in answers { return hasRoom }
    return false
  }

  /// Takes a batch in any case; the answer is whether more may follow before there is room again.
  func take(_ batch: RecordBatch) -> Bool {
    let (starts, hasRoom) = state.withLock { state in
      state.waiting.append(batch)
      state.weight += batch.weight
      state.records += batch.items.count
      let starts = !state.isWriting && !state.isClosed
      if starts { state.isWriting = true }
      return (starts, state.weight < limits.waitingBytes)
    }
    if starts { pool.submit { _ in self.writeAll() } }
    return hasRoom
  }

  /// Keeps one record; waits for room first, and is false when none came within `patience`, or the log is closed: then
  /// it is not kept.
  @discardableResult
  package func append(_ record: RecordedDecision, patience: Duration = .seconds(3600)) async -> Bool {
    guard await waitForRoom(patience), !state.withLock({ $0.isClosed }) else { return false }
    _ = take(RecordBatch(record))
    return true
  }

  /// Where the log ends; everything taken before is in it, and durable. Waits for the disk.
  package func heads() async throws -> [RecordHead] {
    await flush()
    let (count, hash) = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [writer] in
      try writer.writer.withLock { writer throws(StoreError) in try writer.end() }
    }
    return [RecordHead(log: Self.name, sequence: Int64(count), hash: hash, count: Int64(count))]
  }

  /// Returns when everything taken so far is written, or writing was given up.
  package func flush() async { _ = await flush(within: nil) }

  /// The same; false when it took longer than `patience`.
  private func flush(within patience: Duration?) async -> Bool {
    let (answers, answer) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
    let isDone = state.withLock { state in
      if !state.isWriting { return true }
      state.whenWritten.append { answer.yield(true) }
      return false
    }
    if isDone { return true }
    let late = patience.map { patience in
      Task {
        try? await Task.sleep(for: patience)
        answer.yield(false)
      }
    }
    defer { late?.cancel() }
    for await isWritten in answers { return isWritten }
    return false
  }

  /// Writes what waits, makes it durable and ends the thread. What could not be written within
  /// ``RecordLimits/closing`` is lost: the answer says how many records, or that what was written may not be durable,
  /// and so does the log of the process; nil when all is well. Again is harmless.
  @discardableResult
  package func close() async -> StoreError? {
    _ = await flush(within: limits.closing)
    let wasClosed = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    if wasClosed { return nil }
    // The next failure ends the thread; only a disk that doesn't answer at all holds it longer.
    let isEnded = await flush(within: RecordLimits.retryInterval * 10)
    var loss: StoreError?
    if isEnded {
      do throws(StoreError) {
        try writer.writer.withLock { writer throws(StoreError) in try writer.close() }
      } catch {
        loss = StoreError(.io, "the last decision records may be lost: \(error)")
      }
      try? await pool.shutdownGracefully()
    } else {
      // The thread ends when the disk answers, or with the process.
      Task { [pool] in try? await pool.shutdownGracefully() }
    }
    let (lost, problem) = state.withLock { ($0.records, $0.problem) }
    if lost > 0 {
      let reason = problem?.message ?? "the disk does not answer"
      loss = StoreError(.io, "\(lost) decision records are lost: \(reason)")
    }
    if let loss { logger.critical("\(loss)") }
    return loss
  }

  private func writeAll() {
    while let batch = next() {
      // The disk may have space again a moment later.
      while !write(batch) {
        if isGivenUp() { return }
        RecordFile.pause(RecordLimits.retryInterval)
      }
      let wake = state.withLock { state in
        state.weight -= batch.weight
        state.records -= batch.items.count
        guard state.weight < limits.waitingBytes else { return [@Sendable () -> Void]() }
        defer { state.forRoom = [:] }
        return Array(state.forRoom.values)
      }
      for body in wake { body() }
    }
  }

  /// The next batch; nil when there is none, and then nobody writes any more.
  private func next() -> RecordBatch? {
    let (batch, done) = state.withLock { state -> (RecordBatch?, [@Sendable () -> Void]) in
      state.waiting.isEmpty ? (nil, state.endWriting()) : (state.waiting.removeFirst(), [])
    }
    for body in done { body() }
    return batch
  }

  /// Whether the log is closed; then nobody writes any more.
  private func isGivenUp() -> Bool {
    let done = state.withLock { $0.isClosed ? $0.endWriting() : nil }
    for body in done ?? [] { body() }
    return done != nil
  }

  private func write(_ batch: RecordBatch) -> Bool {
    do throws(StoreError) {
      try writer.writer.withLock { writer throws(StoreError) in try writer.write(batch) }
      if setProblem(nil) != nil { logger.notice("decision records are written again") }
      return true
    } catch {
      Counter(label: "cascade_record_write_failures").increment()
      if setProblem(error) == nil {
        logger.critical("decision records can't be written, and decisions wait for them: \(error)")
      }
      return false
    }
  }

  /// The problem before.
  private func setProblem(_ problem: StoreError?) -> StoreError? {
    state.withLock { state in
      defer { state.problem = problem }
      return state.problem
    }
  }
}

/// Shared by the thread that writes and those that read.
private final class SharedWriter: Sendable {
  let writer: Mutex<RecordWriter>

  init(_ writer: consuming RecordWriter) { self.writer = Mutex(writer) }
}
