internal import Core
import Glibc

/// What the watch thread does until it is told to stop. Everything here belongs to that thread.
final class WatchLoop {
  /// With more directories than may be watched, a change is assumed this often.
  static let assumeChangeEvery = Duration.seconds(2)

  private let inotify: Inotify
  private let wake: Int32
  private let trees: [String]
  private let limit: Int
  private let onChange: @Sendable () -> Void
  private var debounce: Debounce
  private var scan: DirectoryScan

  /// Watches the trees from now on, though it only tells once it runs. Takes over `wake`, the reading
  /// end of a pipe, and returns from ``run()`` when it becomes readable.
  init(
    inotify: Inotify, wake: Int32, trees: [String], limit: Int, debounce: Debounce,
    onChange: @escaping @Sendable () -> Void
  ) {
    self.inotify = inotify
    self.wake = wake
    self.trees = trees
    self.limit = limit
    self.debounce = debounce
    self.onChange = onChange
    scan = DirectoryScan(inotify: inotify, limit: limit)
    rescan()
  }

  deinit {
    _ = close(wake)
  }

  /// Whether every directory of the trees is watched.
  var isComplete: Bool { scan.isComplete }

  /// Runs until `wake` becomes readable. No report is made after that.
  func run() {
    while true {
      let now = ContinuousClock.now
      let deadline = debounce.deadline ?? (isComplete ? nil : now.advanced(by: Self.assumeChangeEvery))
      switch wait(until: deadline, from: now) {
      case .stop: return
      case .events: take(inotify.read())
      case .nothing: if !isComplete, debounce.deadline == nil { assumeChange() }
      }
      if debounce.takeReport(at: ContinuousClock.now) { onChange() }
    }
  }

  private func take(_ events: [InotifyEvent]) {
    let relevant = events.filter(isRelevant)
    if relevant.isEmpty { return }
    for event in relevant where !event.name.isEmpty {
      let name = ExactText("\(event.watch)/\(event.name)")
      if event.isDeparture { debounce.vanished(name) } else if event.isArrival { debounce.appeared(name) }
    }
    if relevant.contains(where: \.isStructural) { rescan() }
    debounce.eventArrived(at: ContinuousClock.now)
  }

  private func isRelevant(_ event: InotifyEvent) -> Bool {
    if event.isOverflow { return true }
    guard let interest = scan.interests[event.watch] else { return false }
    if event.isAboutWatchItself || interest.names.contains(ExactText(event.name)) { return true }
    guard interest.everything, !event.name.begins(with: ".") else { return false }
    // Whatever comes or goes may be a link to a directory, whose name says nothing.
    return event.name.isEmpty || RulebookPath.mayCount(event.name) || event.isStructural
  }

  private func rescan() {
    var next = DirectoryScan(inotify: inotify, limit: limit)
    for tree in trees { next.cover(tree) }
    for watch in scan.interests.keys where next.interests[watch] == nil { inotify.remove(watch) }
    scan = next
  }

  private func assumeChange() {
    rescan()
    debounce.eventArrived(at: ContinuousClock.now.advanced(by: .zero - debounce.quiet))
  }

  private enum Woken { case stop, events, nothing }

  private func wait(until deadline: ContinuousClock.Instant?, from now: ContinuousClock.Instant) -> Woken {
    var descriptors = [
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      pollfd(fd: inotify.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    let timeout = deadline.map { Self.milliseconds(now.duration(to: $0)) } ?? -1
    let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
    if ready < 0 && errno != EINTR {
      // Out of kernel memory: the loop must not spin on it.
      usleep(100_000)
    }
    if ready <= 0 { return .nothing }
    return descriptors[0].revents != 0 ? .stop : .events
  }

  /// Rounded up, so that the wait never ends before its deadline.
  private static func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    if seconds < 0 || attoseconds < 0 { return 0 }
    if seconds > 1_000_000 { return 1_000_000_000 }
    return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
