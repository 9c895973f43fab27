internal import Core
import Glibc
import Synchronization

/// Says when the files of a rulebook directory may have changed.
///
/// It watches directories, not files, with inotify on a thread of its own: the `plugins/` and
/// `policies/` trees, and every directory in which a step on the way to them, or to a linked file in
/// them, could be replaced. So it notices an editor's rename, a truncate-and-write, a directory
/// deleted and made again, and Kubernetes' swap of `..data`. It only says that something *may* have
/// changed; whoever loads the rulebook compares content.
///
/// ```swift
/// let watcher = try RulebookWatcher(root: "rulebook") { reloads.yield() }
/// defer { watcher.stop() }
/// ```
package final class RulebookWatcher: Sendable {
  /// The most directories one watcher watches unless told otherwise.
  package static let defaultDirectoryLimit = 2048
  /// How long it must be quiet unless told otherwise: files that are saved within this are one change, since what the
  /// first of them lacks may come with the next.
  package static let defaultQuiet = Duration.milliseconds(200)

  private struct Running {
    var thread: pthread_t
    var wake: Int32
  }

  private let running: Mutex<Running?>

  /// Watches from the moment this returns. The directory itself may be missing and appear later.
  ///
  /// `onChange` is called on the watch thread after `quiet` without another event, or after a second while a file that
  /// vanished is not there again, but at the latest `atMost` after the first; events that come while it runs lead to
  /// another call. It should hand the work on and return.
  ///
  /// Should the rulebook grow beyond `directoryLimit` directories later, or the kernel refuse more
  /// watches, a change is assumed every two seconds instead.
  ///
  /// Throws `tooManyDirectories` when it has that many to begin with, and `unavailable` when the system
  /// gives no inotify instance, pipe or thread. O(directories and links).
  package init(
    root: String,
    quiet: Duration = RulebookWatcher.defaultQuiet,
    atMost: Duration = .seconds(5),
    directoryLimit: Int = RulebookWatcher.defaultDirectoryLimit,
    onChange: @escaping @Sendable () -> Void
  ) throws(WatchError) {
    let absolute = try Self.absolutePath(root)
    let inotify = try Inotify()
    let (readEnd, writeEnd) = try Self.makePipe()
    let loop = WatchLoop(
      inotify: inotify, wake: readEnd, trees: [absolute + "/plugins", absolute + "/policies"],
      limit: directoryLimit, debounce: Debounce(quiet: quiet, atMost: atMost), onChange: onChange)
    if !loop.isComplete {
      _ = close(writeEnd)
      throw WatchError(
        code: .tooManyDirectories,
        message: "can't watch \(root): more than \(directoryLimit) directories, or more than "
          + "fs.inotify.max_user_watches allows; remove what is no rule from it, or serve without --watch")
    }
    do throws(WatchError) {
      running = Mutex(Running(thread: try Self.start(loop), wake: writeEnd))
    } catch {
      _ = close(writeEnd)
      throw error
    }
  }

  deinit {
    stop()
  }

  /// Stops watching; a second call does nothing.
  ///
  /// Waits for a call of `onChange` that is running, and none begins afterwards. From within `onChange`
  /// it doesn't wait.
  package func stop() {
    let running = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let running else { return }
    var signal: UInt8 = 1
    _ = write(running.wake, &signal, 1)
    _ = close(running.wake)
    if pthread_equal(running.thread, pthread_self()) != 0 {
      pthread_detach(running.thread)
    } else {
      pthread_join(running.thread, nil)
    }
  }

  private static func absolutePath(_ path: String) throws(WatchError) -> String {
    if path.begins(with: "/") { return path }
    guard let current = getcwd(nil, 0) else {
      throw unavailable("getcwd")
    }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// A pipe that isn't passed on to programs the process starts.
  private static func makePipe() throws(WatchError) -> (readEnd: Int32, writeEnd: Int32) {
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) != 0 { throw unavailable("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func start(_ loop: WatchLoop) throws(WatchError) -> pthread_t {
    // Signals are for the threads of the application.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    let context = Unmanaged.passRetained(loop)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<WatchLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    if status != 0 {
      context.release()
      errno = status
      throw unavailable("pthread_create")
    }
    return thread
  }

  private static func unavailable(_ call: String) -> WatchError {
    WatchError(
      code: .unavailable, message: "can't watch for changes: \(call): \(String(cString: strerror(errno)))")
  }
}
