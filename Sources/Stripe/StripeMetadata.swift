internal import Commerce

/// Stripe's limits on metadata, checked before sending.
enum StripeMetadata {
  /// Throws `invalid_request` and names the pair that Stripe would refuse, cut or drop. O(characters).
  static func check(_ metadata: [String: String]) throws(ProviderError) {
    guard metadata.count <= StripeLimits.metadataPairs else {
      throw refused("\(metadata.count) pairs; Stripe takes \(StripeLimits.metadataPairs)")
    }
    for (name, value) in metadata {
      let length = name.unicodeScalars.count
      guard (1...StripeLimits.metadataNameCharacters).contains(length) else {
        throw refused(
          "the name '\(name.prefix(50))' has \(length) characters; Stripe takes 1 to "
            + "\(StripeLimits.metadataNameCharacters)")
      }
      guard !name.contains(where: { "[]".contains($0) }) else { throw refused("'\(name)' has a bracket") }
      // An empty value would delete the name at Stripe.
      guard (1...StripeLimits.metadataValueCharacters).contains(value.unicodeScalars.count) else {
        throw refused(
          "the value of '\(name)' has \(value.unicodeScalars.count) characters; Stripe takes 1 to "
            + "\(StripeLimits.metadataValueCharacters)")
      }
    }
  }

  private static func refused(_ what: String) -> ProviderError {
    ProviderError(.invalidRequest, "metadata: \(what)")
  }
}
