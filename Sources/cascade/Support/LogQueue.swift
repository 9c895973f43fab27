import Core
import Dispatch
import Glibc
import Synchronization

/// What may wait to be read of the log.
struct LogLimits: Sendable {
  /// The most lines that wait.
  var lines = 8192
  /// Their bytes, with those that the stream has taken in part.
  var bytes = 1 << 20
  /// Bytes of one line; the rest of it is left out.
  var lineBytes = 16 << 10
}

/// Lines on their way to a stream that others read, or don't: whoever writes one never waits. A thread hands them to
/// the stream in their order; what comes while too many wait is dropped, counted, and said in the stream once it moves.
final class LogQueue: Sendable {
  private struct State {
    var waiting: [String] = []
    var bytes = 0
    /// Lines that were dropped and not yet said.
    var dropped = 0
    var isWriting = false
    var isFinishing = false
    /// Whether the thread was called and has not come yet.
    var isCalled = false

    var isEmpty: Bool { waiting.isEmpty && dropped == 0 && !isWriting }
  }

  /// Who hears of the messages of the highest level, at once and whether or not their lines are written.
  let criticals = Listeners<String>()
  private let descriptor: Int32
  private let limits: LogLimits
  private let state = Mutex(State())
  private let total = Atomic(0)
  private let notice: @Sendable (Int) -> String
  private let came = DispatchSemaphore(value: 0)
  private let emptied = DispatchSemaphore(value: 0)

  /// A queue in front of a stream, with its thread. `notice` makes the line that says how many were dropped. Throws
  /// when the system has no thread.
  init(
    _ descriptor: Int32, limits: LogLimits = LogLimits(), notice: @escaping @Sendable (_ dropped: Int) -> String
  ) throws(ReadingError) {
    self.descriptor = descriptor
    self.limits = limits
    self.notice = notice
    try start()
  }

  /// How many lines were dropped since the start.
  var droppedLines: Int { total.load(ordering: .relaxed) }

  /// Takes a line with its end. Never waits. O(bytes).
  func put(_ line: String) {
    let line = line.utf8.count > limits.lineBytes ? cut(line) : line
    let mustCall = state.withLock { state in
      if state.waiting.count < limits.lines, state.bytes + line.utf8.count <= limits.bytes {
        state.waiting.append(line)
        state.bytes += line.utf8.count
      } else {
        state.dropped += 1
        total.add(1, ordering: .relaxed)
      }
      defer { state.isCalled = true }
      return !state.isCalled
    }
    if mustCall { came.signal() }
  }

  /// Waits until everything is written, for `patience` at most; to be called once, when no more comes.
  func finish(within patience: Duration) {
    let isEmpty = state.withLock { state in
      state.isFinishing = true
      return state.isEmpty
    }
    came.signal()
    if !isEmpty { _ = emptied.wait(timeout: .now() + .milliseconds(Int(patience / .milliseconds(1)))) }
  }

  private func cut(_ line: String) -> String {
    String(decoding: line.utf8.prefix(limits.lineBytes), as: UTF8.self) + "… (cut)\n"
  }

  // MARK: The thread

  private func start() throws(ReadingError) {
    let queue = Unmanaged.passRetained(self)
    var thread = pthread_t()
    // No signal is this thread's: a reader that is gone is an error of the write, and not the end of the host.
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    let status = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<LogQueue>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, queue.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard status == 0 else {
      queue.release()
      throw ReadingError(message: "no thread for the log: \(String(cString: strerror(status)))")
    }
    pthread_detach(thread)
  }

  private func run() {
    while true {
      came.wait()
      let (lines, dropped, isFinishing) = state.withLock { state in
        defer {
          state.waiting = []
          state.dropped = 0
          state.isWriting = true
          state.isCalled = false
        }
        return (state.waiting, state.dropped, state.isFinishing)
      }
      for line in lines {
        if Output.put(line, descriptor) != nil { total.add(1, ordering: .relaxed) }
        state.withLock { $0.bytes -= line.utf8.count }
      }
      if dropped > 0 { _ = Output.put(notice(dropped), descriptor) }
      let isEmpty = state.withLock { state in
        state.isWriting = false
        return state.isEmpty
      }
      if isFinishing, isEmpty { emptied.signal() }
    }
  }
}
