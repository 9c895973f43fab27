package import Core
internal import Cryptography

/// A document that an issuer publishes, with the headers for caching it.
package struct PublishedDocument: Sendable, Equatable {
  /// The JSON text, as UTF-8.
  package let body: [UInt8]
  /// A strong entity tag over the body, with its quotes.
  package let entityTag: String
  /// The header `Cache-Control`: `public, max-age=…`.
  package let cacheControl: String

  /// A document that others may cache as long as the key set. O(size).
  package init(_ json: JSON, _ schedule: RotationSchedule) {
    body = json.bytes
    entityTag = "\"" + Base64URL.text(SHA256.hash(body)) + "\""
    cacheControl = "public, max-age=\(schedule.maximumAge / 1000)"
  }

  /// Whether a client that sends `field` as `If-None-Match` has the current version (RFC 9110 section 13.1.2).
  /// O(length).
  package func isKnown(_ field: String) -> Bool {
    field.words(at: ",").contains { part in
      let tag = part.trimmed
      return tag.isSame(as: "*") || (tag.begins(with: "W/") ? tag.dropFirst(2) : tag).isSame(as: entityTag)
    }
  }
}

extension Issuer {
  /// The body of `/.well-known/jwks.json`: the keys' public members. O(keys).
  package var publishedKeys: PublishedDocument { PublishedDocument(keys.publicJSON, stored.schedule) }

  /// The body of `/.well-known/oauth-authorization-server` (RFC 8414). O(keys).
  package var publishedMetadata: PublishedDocument {
    let algorithms = Set(keys.keys.map(\.algorithm.rawValue))
    return PublishedDocument(AuthorizationServerMetadata.json(issuer: name, algorithms: algorithms), stored.schedule)
  }
}
