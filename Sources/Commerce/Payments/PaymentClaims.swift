/// How hosts that share a store keep out of each other's way. A claim saves work; a payment's revision is what keeps it
/// right.
enum PaymentClaims {
  /// How long a claim on a payment holds when its host ends in the middle: longer than the provider's slowest answer.
  static let lifeMilliseconds: Int64 = 120_000
  /// The same for the reconciler's round, which makes its claim last longer with every page.
  static let roundMilliseconds: Int64 = 600_000
  /// The same for credits that are being sent.
  static let creditMilliseconds: Int64 = 300_000
  /// How often a host looks again whether a payment is free.
  static let waits = 50
  /// How long it waits between two looks.
  static let pause = Duration.milliseconds(100)
  /// How often a payment's steps are begun on what another host made of it: as often as it has steps.
  static let attempts = 16
}
