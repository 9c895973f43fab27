internal import Glibc

/// Makes the ids of one lane's decisions: version 7 UUIDs, fast, unique, not secret. Each is higher than the one
/// before, also within a millisecond and when the clock is set back a little (RFC 9562 section 6.2, method 2), so
/// records are in the order of their ids.
///
/// xoshiro256++ (Blackman and Vigna, https://prng.di.unimi.it) seeded by the system's generator.
package struct IdentifierGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private var last = Identifier(milliseconds: 0, random: (0, 0))

  /// How far the clock may go back without the ids going back with it.
  private static let stepMilliseconds: Int64 = 10_000

  /// A generator with a seed of its own.
  package init() {
    var system = SystemRandomNumberGenerator()
    state = (system.next(), system.next(), system.next(), system.next() | 1)
  }

  /// The next id, which begins with the wall clock.
  package mutating func next() -> Identifier { next(at: WallClock.milliseconds()) }

  /// The next id when the wall clock says this.
  mutating func next(at now: Int64) -> Identifier {
    let behind = last.milliseconds - now
    if behind < 0 || behind > Self.stepMilliseconds {
      last = Identifier(milliseconds: now, random: (random(), random()))
    } else {
      // The 62 random bits behind the variant go up by a random step; where they run over, the time goes up.
      let (low, runsOver) = (last.low & Self.lowBits).addingReportingOverflow(1 + random() >> 32)
      let isNewMillisecond = runsOver || low > Self.lowBits
      last =
        isNewMillisecond
        ? Identifier(milliseconds: last.milliseconds + 1, random: (random(), random()))
        : Identifier(milliseconds: last.milliseconds, random: (last.high, low))
    }
    return last
  }

  private static let lowBits: UInt64 = 0x3FFF_FFFF_FFFF_FFFF

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
