/// What is bounded, by Stripe or by us.
package enum StripeLimits {
  /// Bytes of a webhook's body.
  package static let eventBytes = 1 << 20
  /// Bytes of a webhook's signature header.
  package static let signatureBytes = 4096
  /// Signatures in one header: two while a secret is rotated.
  package static let signatures = 16
  /// Bytes of an answer: a page of a hundred intents has about 300 KiB.
  package static let answerBytes = 4 << 20
  /// Characters of a message of Stripe's that are passed on.
  package static let messageCharacters = 300
  /// Pairs of metadata.
  package static let metadataPairs = 50
  /// Characters of a name in metadata.
  package static let metadataNameCharacters = 40
  /// Characters of a value in metadata.
  package static let metadataValueCharacters = 500
  /// Objects on one page of a list.
  package static let pageSize = 100
  /// Pages that one search reads: ten thousand intents.
  package static let pages = 100
}
