internal import Glibc
internal import NIOPosix
internal import Synchronization

/// Threads that serve readers when nothing else has to be done: the system lets everybody else run first, so that
/// whoever looks on costs the lanes little. Reading a log may block them.
package final class StreamThreads: TaskExecutor {
  private static let niceness: Int32 = 19
  private let pool: NIOThreadPool

  /// So many threads, which end with ``stop()``.
  package init(count: Int = 2) {
    pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
    let arrivals = Arrivals()
    for _ in 0..<count {
      pool.submit { _ in
        // Of the calling thread alone, as Linux has it. Where it isn't let, the threads are like any other.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        arrivals.add()
        // Each waits until all have come, so that none takes two of these.
        while arrivals.count < count { sched_yield() }
      }
    }
  }

  private final class Arrivals: Sendable {
    private let arrived = Atomic(0)
    var count: Int { arrived.load(ordering: .relaxed) }
    func add() { arrived.add(1, ordering: .relaxed) }
  }

  /// Runs `job` when a thread is free.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedTaskExecutor()
    pool.submit { _ in job.runSynchronously(on: executor) }
  }

  /// Ends the threads; no task may prefer them any more.
  package func stop() async { try? await pool.shutdownGracefully() }
}
