/// The limits of everything that governance takes from outside.
package enum GovernanceLimits {
  /// The most bytes of an envelope.
  package static let envelopeBytes = 256 << 10
  /// The most signatures of an envelope.
  package static let signatures = 32
  /// The most keys of a root.
  package static let keys = 64
  /// The most files of a proposal.
  package static let files = 1000
  /// The most bytes of a title or a reason.
  package static let textBytes = 500
  /// The most bytes of a path.
  package static let pathBytes = 500
  /// The most decision points that one emergency suspends.
  package static let points = 100
  /// The most proposals of one key that are open at the same time.
  package static let openProposals = 8
  /// The most proposals at their end that are kept for readers.
  package static let finished = 100
  /// The most activations that an emergency can go back to.
  package static let reversible = 10
  /// The most running time that one step adds, milliseconds: a step a minute, and half of one in reserve.
  package static let ranMilliseconds: Int64 = 90_000
  /// The most seconds by which an act's time may lie ahead of the clock.
  package static let skewSeconds: Int64 = 300
}
