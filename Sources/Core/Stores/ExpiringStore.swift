/// Small values that end by themselves: challenges, one-time codes, answers that may be given again for a while.
///
/// Each call is one transaction. What is lost is asked for again, so a store may forget: it keeps at most so many
/// values of a room, and drops the oldest for new ones. Nothing in it is a secret in clear: who keeps a code, keeps its
/// hash.
package protocol ExpiringStore: Sendable {
  /// Keeps a value for so long, in place of an earlier one. Throws `overloaded` when the value has more than
  /// ``ExpiringLimits/valueBytes``.
  func put(_ value: [UInt8], under key: ExpiringKey, for life: Duration) async throws(StoreError)
  /// The value; nil when there is none, or its time is over.
  func value(under key: ExpiringKey) async throws(StoreError) -> [UInt8]?
  /// The value, which is gone then: of many who take it at the same time one gets it. Nil as above.
  func take(_ key: ExpiringKey) async throws(StoreError) -> [UInt8]?
}

/// Under what a value is kept.
package struct ExpiringKey: Sendable, Hashable {
  /// What values are for; keeps the names of one use apart from those of another. The raw value is its name in a store.
  package enum Room: String, Sendable, CaseIterable {
    /// Nonces that wait for a citizen's signature.
    case challenges
    /// Codes that open the console once.
    case consoleCodes = "console_codes"
    /// What the citizens' directory answered.
    case directory
  }

  /// What the value is for.
  package var room: Room
  /// Which one of these it is.
  package var name: String

  package init(_ room: Room, _ name: String) {
    self.room = room
    self.name = name
  }
}

/// What an expiring store takes at most.
package enum ExpiringLimits {
  /// Bytes of a value: an answer of the directory is well below.
  package static let valueBytes = 64 << 10
  /// Values of one room that a process keeps in memory.
  package static let values = 100_000

  /// Throws `overloaded` for a value that has more than ``valueBytes``.
  package static func check(_ value: [UInt8]) throws(StoreError) {
    if value.count <= valueBytes { return }
    throw StoreError(.overloaded, "a value that expires has at most \(valueBytes) bytes")
  }
}
