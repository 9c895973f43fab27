package import Rulebook
internal import Synchronization

/// Which host calls rules made, for whoever asks what none of them does any more.
package final class HostCallSights: Sendable {
  /// The bit at a call's number is set when it was made.
  private let made = Atomic<UInt64>(0)

  /// Has seen no call.
  package init() {}

  /// A rule made this call. Cheap when it did before: one look at a number, without a lock.
  func note(_ name: HostCallName) {
    let bit = Self.bit(name)
    if made.load(ordering: .relaxed) & bit == 0 { made.bitwiseOr(bit, ordering: .relaxed) }
  }

  /// The calls that were made since this was asked last, in the order of their numbers.
  package func take() -> [HostCallName] {
    let made = made.exchange(0, ordering: .relaxed)
    return HostCallName.allCases.filter { made & Self.bit($0) != 0 }
  }

  private static func bit(_ name: HostCallName) -> UInt64 { 1 << UInt64(name.number) }
}
