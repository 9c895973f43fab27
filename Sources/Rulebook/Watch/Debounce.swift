internal import Core

/// Decides when a burst of events is over: after `quiet` without another one, or, while a file that vanished in it is
/// not there again, after `quietAfterLoss`; at the latest `atMost` after the first. A value: the caller brings the
/// time.
struct Debounce {
  /// How long it must be quiet.
  let quiet: Duration
  /// How long it must be quiet while something is missing: whoever replaces many files removes some first.
  let quietAfterLoss: Duration
  /// The longest a report may be held back.
  let atMost: Duration

  private var first: ContinuousClock.Instant?
  private var last: ContinuousClock.Instant?
  private var missing: Set<ExactText> = []

  /// Nothing has happened yet.
  init(quiet: Duration, quietAfterLoss: Duration = .seconds(1), atMost: Duration) {
    self.quiet = quiet
    self.quietAfterLoss = max(quiet, quietAfterLoss)
    self.atMost = atMost
  }

  /// When the next report is due; nil when nothing is held back.
  var deadline: ContinuousClock.Instant? {
    guard let first, let last else { return nil }
    return min(last.advanced(by: missing.isEmpty ? quiet : quietAfterLoss), first.advanced(by: atMost))
  }

  /// Takes note of an event of the file system.
  mutating func eventArrived(at now: ContinuousClock.Instant) {
    first = first ?? now
    last = now
  }

  /// The file of this name, unique among all that are watched, went away.
  mutating func vanished(_ name: ExactText) { missing.insert(name) }

  /// It is there again.
  mutating func appeared(_ name: ExactText) { missing.remove(name) }

  /// Whether to report now; if so, the burst is over and the next event begins a new one.
  mutating func takeReport(at now: ContinuousClock.Instant) -> Bool {
    guard let deadline, deadline <= now else { return false }
    first = nil
    last = nil
    missing = []
    return true
  }
}
