internal import Glibc

/// The time as people set it; it may jump.
package enum WallClock {
  /// Milliseconds since 1970, at most the end of the year 9999: whatever the clock says, lives and days can be added.
  package static func milliseconds() -> Int64 {
    let now = read(CLOCK_REALTIME)
    let seconds = min(max(Int64(now.tv_sec), -latestSecond), latestSecond)
    return seconds * 1000 + Int64(now.tv_nsec) / 1_000_000
  }

  /// Nanoseconds since 1970, or as many as 64 bits hold.
  package static func nanoseconds() -> Int64 { read(CLOCK_REALTIME).nanoseconds }

  /// The last moment there is, in milliseconds since 1970: the end of the year 9999.
  package static let latestMilliseconds = UInt64(latestSecond * 1000 + 999)

  private static let latestSecond: Int64 = 253_402_300_799
}

/// The time since the machine started, its sleep included; nobody sets it.
package enum BootClock {
  /// Nanoseconds since the start.
  package static func nanoseconds() -> Int64 { read(CLOCK_BOOTTIME).nanoseconds }
}

/// The processor time that all threads of this process used.
package enum ProcessorClock {
  /// Nanoseconds since the process began.
  package static func nanoseconds() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID).nanoseconds }
}

extension Duration {
  /// Whole microseconds, rounded towards zero.
  package var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}

private func read(_ clock: clockid_t) -> timespec {
  var time = timespec()
  clock_gettime(clock, &time)
  return time
}

extension timespec {
  fileprivate var nanoseconds: Int64 {
    Int64(tv_sec).multiplied(saturating: 1_000_000_000).adding(saturating: Int64(tv_nsec))
  }
}
