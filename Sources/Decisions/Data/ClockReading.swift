package import Core
internal import Platform

/// The wall clock beside one that nobody sets: two readings show whether the wall clock jumped.
package struct ClockReading: Sendable, Equatable {
  /// What the wall clock says, milliseconds since 1970.
  package var wall: Int64
  /// Milliseconds since the machine started, its sleep included.
  package var sinceBoot: Int64
  /// Which start of the machine that was.
  package var boot: String

  private static let day: Int64 = 86_400_000
  /// How far ahead the clock may be after the machine was off: nothing tells how long it was.
  private static let daysOff: Int64 = 30
  /// How long a reading is as good as a new one.
  private static let fresh: Int64 = 600_000

  package init(wall: Int64, sinceBoot: Int64, boot: String) {
    self.wall = wall
    self.sinceBoot = sinceBoot
    self.boot = boot
  }

  /// The clocks now. Throws when the system doesn't tell which start of the machine this is.
  package static func now() throws(StoreError) -> ClockReading {
    let bytes = try StoreError.catching { () throws(FileError) in try File.read("/proc/sys/kernel/random/boot_id") }
    return ClockReading(
      wall: WallClock.milliseconds(), sinceBoot: BootClock.nanoseconds() / 1_000_000,
      boot: String(String(decoding: bytes, as: UTF8.self).trimmed))
  }

  /// Whether this needn't be read again yet.
  package func isFresh(at now: ClockReading) -> Bool {
    boot == now.boot && (0..<Self.fresh).contains(now.sinceBoot - sinceBoot)
  }

  /// By how many days the wall clock jumped until `now`, forward or, below zero, back; nil when that isn't over a day.
  /// After another start of the machine a month forward is no jump.
  package func jump(to now: ClockReading) -> Int64? {
    let days = (now.wall - unset(at: now)) / Self.day
    let most = boot == now.boot ? 1 : Self.daysOff
    return days < most && days > -1 ? nil : days
  }

  /// What the wall clock would show at `now` if nobody had set it since, milliseconds since 1970; after another start
  /// of the machine, what it showed last.
  package func unset(at now: ClockReading) -> Int64 { wall + (boot == now.boot ? now.sinceBoot - sinceBoot : 0) }

  /// `{"wall","since_boot","boot"}`.
  var json: JSON { ["wall": .integer(wall), "since_boot": .integer(sinceBoot), "boot": .string(boot)] }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard let wall = json["wall"]?.integer, let sinceBoot = json["since_boot"]?.integer, let boot = json["boot"]?.string
    else { return nil }
    self.init(wall: wall, sinceBoot: sinceBoot, boot: boot)
  }
}
