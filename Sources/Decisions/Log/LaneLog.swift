internal import Core
internal import Glibc
internal import Synchronization

/// One log of records, a chain of its own: what one lane decided, or what was decided elsewhere.
///
/// Whoever appends has the system take the records before anything is answered. Appended to by one thread at a time
/// without waiting for others; what takes the disk's time is done by ``RecordLog`` in the background.
package final class LaneLog: Sendable {
  private struct State {
    var writer: RecordWriter
    var problem: StoreError?
    /// When the next write may be tried, after one that failed.
    var retry: ContinuousClock.Instant?
    /// Why the disk once didn't take what was written. It says nothing of that a second time, though it may be lost.
    var unsynced: StoreError?
    /// How much it was that could not be written.
    var failedBytes = 0
    /// The segment whose file was asked for last.
    var asked = 0
    /// Told after each append; must not wait.
    var follower: (@Sendable () -> Void)?
  }

  /// What an append leaves to be done in the background.
  struct Errands {
    var closed: [RecordWriter.Closed] = []
    /// The number of the segment whose file is wanted.
    var next: Int?
    /// Why the append failed; nil when it didn't.
    var failure: StoreError?
    /// The ones before didn't fail: somebody must look when it works again.
    var isFirstFailure = false
    /// Whether it is the first that works after one that failed.
    var hasRecovered = false

    var isEmpty: Bool { closed.isEmpty && next == nil && failure == nil && !hasRecovered }
  }

  /// The folder of its segments in the directory of all logs.
  let folder: String
  /// Where its segments are.
  let directory: String
  /// What was found when it was opened; nil when nothing was wrong.
  let finding: RecordWriter.Finding?
  private let state: Mutex<State>
  private let errands: @Sendable (LaneLog, Errands) -> Void

  /// Opens the log in the folder `folder` of `directory`, or begins it; `errands` is told what is to be done in the
  /// background. So many records were `pruned` from its beginning. O(last segment).
  init(
    _ folder: String, in directory: String, limits: RecordLimits, pruned: Int64,
    errands: @escaping @Sendable (LaneLog, Errands) -> Void
  ) throws(StoreError) {
    self.folder = folder
    self.directory = directory + "/" + folder
    let writer = try RecordWriter(directory: self.directory, limits: limits, pruned: pruned)
    finding = writer.finding
    state = Mutex(State(writer: writer))
    self.errands = errands
  }

  /// Why the last append failed; nil when it didn't.
  var problem: StoreError? { state.withLock { $0.problem } }

  /// How many records it has that were written.
  var count: Int64 { state.withLock { Int64($0.writer.count) } }

  /// Whether an append may work: a moment after one that failed none is tried.
  var mayAppend: Bool {
    state.withLock { state in state.retry.map { $0 <= .now } ?? true }
  }

  /// Has the system take these records, all or none of them. Throws when it doesn't. O(bytes).
  func append(_ frames: inout RecordFrames) throws(StoreError) {
    if frames.isEmpty { return }
    let (failure, follower) = state.withLock { state in
      var tasks = Errands()
      let failure = Self.outcome { () throws(StoreError) in try state.writer.write(&frames) }
      if failure != nil { state.failedBytes = frames.bytes.count }
      Self.note(failure, &state, &tasks)
      tasks.closed = state.writer.takeClosed()
      if state.writer.wantsNext, state.asked <= state.writer.segment {
        state.asked = state.writer.segment + 1
        tasks.next = state.asked
      }
      if !tasks.isEmpty { errands(self, tasks) }
      return (failure, state.follower)
    }
    if let failure { throw failure }
    follower?()
  }

  /// From now on calls `body` after each append, on the thread that appends.
  func whenWritten(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.follower = body } }

  /// The segment that is being written, and how many bytes of it are.
  var written: (segment: Int, length: Int) { state.withLock { ($0.writer.segment, $0.writer.length) } }

  private static func outcome(_ body: () throws(StoreError) -> Void) -> StoreError? {
    do throws(StoreError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  private static func note(_ failure: StoreError?, _ state: inout State, _ tasks: inout Errands) {
    if let failure {
      (tasks.failure, tasks.isFirstFailure) = (failure, state.problem == nil)
      state.retry = .now + RecordLimits.retryInterval
    } else if state.problem != nil {
      tasks.hasRecovered = true
      state.retry = nil
    }
    state.problem = failure
  }

  /// Looks whether appending works again; true when nothing is wrong any more, or the log is closed. Waits for the
  /// disk.
  func recover() -> Bool {
    state.withLock { state in
      if state.problem == nil { return true }
      var tasks = Errands()
      let failure = Self.outcome { () throws(StoreError) in try state.writer.check(state.failedBytes) }
      if let failure { state.problem = failure } else { Self.note(nil, &state, &tasks) }
      tasks.closed = state.writer.takeClosed()
      if !tasks.isEmpty { errands(self, tasks) }
      return failure == nil
    }
  }

  /// The file of segment `number` is there.
  func takeNext(_ descriptor: Int32, of number: Int) {
    state.withLock { $0.writer.takeNext(descriptor, of: number) }
  }

  /// The index of the segment that is being written.
  var current: (segment: Int, entries: [RecordIndex.Entry]) {
    state.withLock { ($0.writer.segment, $0.writer.index) }
  }

  /// How many records there are, and the hash of the last frame; the segment they end in is durable, those before it
  /// may still be on their way. Waits for the disk.
  func end() throws(StoreError) -> (count: Int, hash: [UInt8]) {
    let (end, path) = try state.withLock { state throws(StoreError) in
      (try state.writer.end(), RecordFile.path(directory, state.writer.segment))
    }
    if let descriptor = end.descriptor {
      defer { Glibc.close(descriptor) }
      do throws(StoreError) { try RecordFile.sync(descriptor, path) } catch {
        state.withLock { $0.unsynced = error }
        throw error
      }
    }
    return (end.count, end.hash)
  }

  /// Appends no more; what was appended is durable. Throws when it may not be. Again is harmless.
  func close() throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      try state.writer.close()
      if let unsynced = state.unsynced { throw unsynced }
    }
  }
}
