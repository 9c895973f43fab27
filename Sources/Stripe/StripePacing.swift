internal import Cryptography

/// What a client waits with and takes its chances from, so that tests need neither time nor luck.
package struct StripePacing: Sendable {
  /// Waits this long; throws when the task is cancelled.
  package var sleep: @Sendable (Duration) async throws -> Void
  /// Any 64 bits.
  package var random: @Sendable () -> UInt64

  /// Pacing by these two.
  package init(
    sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> UInt64
  ) {
    self.sleep = sleep
    self.random = random
  }

  /// The clock on the wall and the system's randomness.
  package static let real = StripePacing(
    sleep: { try await Task.sleep(for: $0) }, random: { SecureRandom.word() })
}
