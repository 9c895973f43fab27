import Glibc

/// Runs blocking work on a thread of its own: compiling and specs need a deep stack, and neither the
/// cooperative pool nor a lane may wait for them.
package enum LoadingThread {
  private static let stackBytes = 16 << 20
  private static let niceness: Int32 = 10

  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` on a thread of its own and returns what it returns. One that is quiet lets every other thread of the
  /// system run first.
  package static func run<Value>(
    isQuiet: Bool = false, _ body: @escaping @Sendable () -> sending Value
  ) async -> sending Value {
    await withCheckedContinuation { continuation in
      start(isQuiet) { continuation.resume(returning: body()) }
    }
  }

  private static func start(_ isQuiet: Bool, _ body: @escaping @Sendable () -> Void) {
    let quiet: @Sendable () -> Void = {
      // Of the calling thread alone, as Linux has it. Where it isn't let, the thread is like any other.
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
      body()
    }
    let work = Unmanaged.passRetained(Work(isQuiet ? quiet : body))
    // Room without a value: which module the attributes' initialiser is of depends on what else is loaded.
    let status = withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { room in
      guard let attributes = room.baseAddress else { return ENOMEM }
      pthread_attr_init(attributes)
      defer { pthread_attr_destroy(attributes) }
      pthread_attr_setstacksize(attributes, stackBytes)
      pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
      var thread = pthread_t()
      return pthread_create(
        &thread, attributes,
        { context in
          guard let context else { return nil }
          Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
          return nil
        }, work.toOpaque())
    }
    // Without a thread the caller's has to do.
    if status == 0 { return }
    work.release()
    body()
  }
}
