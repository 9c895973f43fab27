internal import Glibc

/// Makes the ids of one lane's decisions: version 7 UUIDs, fast, unique, not secret.
///
/// xoshiro256++ (Blackman and Vigna, https://prng.di.unimi.it) seeded by the system's generator.
package struct IdentifierGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// A generator with a seed of its own.
  package init() {
    var system = SystemRandomNumberGenerator()
    state = (system.next(), system.next(), system.next(), system.next() | 1)
  }

  /// The next id, which begins with the wall clock.
  package mutating func next() -> Identifier {
    Identifier(milliseconds: Self.nowMilliseconds(), random: (random(), random()))
  }

  /// The wall clock in milliseconds since 1970, at most the end of the year 9999: whatever the clock says, lives and
  /// days can be added to it.
  package static func nowMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let seconds = min(max(Int64(now.tv_sec), -latestSecond), latestSecond)
    return seconds * 1000 + Int64(now.tv_nsec) / 1_000_000
  }

  private static let latestSecond: Int64 = 253_402_300_799

  private mutating func random() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = (sum << 23 | sum >> 41) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }
}
