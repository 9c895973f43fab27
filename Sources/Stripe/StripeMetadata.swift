internal import Core
internal import Commerce

/// Stripe's limits on metadata, checked before sending.
enum StripeMetadata {
  /// Throws `invalid_request` with the name of the pair that Stripe would refuse, cut or drop. O(characters).
  static func check(_ metadata: [ExactText: String]) throws(ProviderError) {
    guard metadata.count <= StripeLimits.metadataPairs else {
      throw refused("\(metadata.count) pairs; Stripe takes \(StripeLimits.metadataPairs)")
    }
    for (name, value) in metadata.map({ ($0.key.text, $0.value) }) {
      let length = name.unicodeScalars.count
      guard (1...StripeLimits.metadataNameCharacters).contains(length) else {
        throw refused(
          "the name '\(VisibleText.line(String(name.prefix(50))))' has \(length) characters; Stripe takes 1 to "
            + "\(StripeLimits.metadataNameCharacters)")
      }
      guard !name.has("[") && !name.has("]") else { throw refused("'\(VisibleText.line(name))' has a bracket") }
      // An empty value would delete the name.
      guard (1...StripeLimits.metadataValueCharacters).contains(value.unicodeScalars.count) else {
        throw refused(
          "the value of '\(VisibleText.line(name))' has \(value.unicodeScalars.count) characters; Stripe takes 1 to "
            + "\(StripeLimits.metadataValueCharacters)")
      }
    }
  }

  private static func refused(_ what: String) -> ProviderError {
    ProviderError(.invalidRequest, "metadata: \(what)")
  }
}
