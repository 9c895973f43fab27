/// Decides when a burst of events is over: after `quiet` without another one, but at the latest
/// `atMost` after the first. A value: the caller brings the time.
struct Debounce {
  /// How long it must be quiet.
  let quiet: Duration
  /// The longest a report may be held back.
  let atMost: Duration

  private var first: ContinuousClock.Instant?
  private var last: ContinuousClock.Instant?

  /// Nothing has happened yet.
  init(quiet: Duration, atMost: Duration) {
    self.quiet = quiet
    self.atMost = atMost
  }

  /// When the next report is due; nil when nothing is held back.
  var deadline: ContinuousClock.Instant? {
    guard let first, let last else { return nil }
    return min(last.advanced(by: quiet), first.advanced(by: atMost))
  }

  /// Something happened.
  mutating func eventArrived(at now: ContinuousClock.Instant) {
    first = first ?? now
    last = now
  }

  /// Whether to report now; if so, the burst is over and the next event begins a new one.
  mutating func takeReport(at now: ContinuousClock.Instant) -> Bool {
    guard let deadline, deadline <= now else { return false }
    first = nil
    last = nil
    return true
  }
}
