internal import Cryptography

/// The waiting and the randomness of a client, so that tests need neither time nor luck.
package struct StripePacing: Sendable {
  /// Sleeps for a duration; throws when the task is cancelled.
  package var sleep: @Sendable (Duration) async throws -> Void
  /// Returns 64 random bits.
  package var random: @Sendable () -> UInt64

  package init(
    sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> UInt64
  ) {
    self.sleep = sleep
    self.random = random
  }

  /// The system's clock and randomness.
  package static let real = StripePacing(
    sleep: { try await Task.sleep(for: $0) }, random: { SecureRandom.word() })
}
