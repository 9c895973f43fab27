internal import Core
internal import Glibc
package import Ledger

extension TimeSource {
  /// The machine's own clocks.
  package static let system = TimeSource(wall: { read(CLOCK_REALTIME) }, boot: { read(CLOCK_BOOTTIME) })

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec).multiplied(saturating: 1_000_000_000).adding(saturating: Int64(time.tv_nsec))
  }
}
