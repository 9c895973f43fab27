/// The limits of Stripe's API and our own.
package enum StripeLimits {
  /// The most bytes of a webhook's body.
  package static let eventBytes = 1 << 20
  /// The most bytes of a webhook's signature header.
  package static let signatureBytes = 4096
  /// The most signatures in one header; during a rotation of the secret Stripe sends two.
  package static let signatures = 16
  /// The most bytes of a response; a page of a hundred intents has about 300 KiB.
  package static let answerBytes = 4 << 20
  /// The most characters of a message from Stripe that the host passes on.
  package static let messageCharacters = 300
  /// The most metadata pairs that Stripe accepts.
  package static let metadataPairs = 50
  /// The most characters of a metadata name that Stripe accepts.
  package static let metadataNameCharacters = 40
  /// The most characters of a metadata value that Stripe accepts.
  package static let metadataValueCharacters = 500
  /// The objects on one page of a list, the most that Stripe sends.
  package static let pageSize = 100
  /// The most pages that one search reads: ten thousand intents.
  package static let pages = 100
}
