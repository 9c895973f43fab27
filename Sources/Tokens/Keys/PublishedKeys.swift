internal import Core
internal import Cryptography

/// The body and headers of `/.well-known/jwks.json`.
package struct PublishedKeys: Sendable, Equatable {
  /// The key set, public members only.
  package let body: [UInt8]
  /// A strong entity tag over the body, with its quotes.
  package let entityTag: String
  /// How long the set may be kept: `public, max-age=…`.
  package let cacheControl: String

  /// What to answer for this ring. O(keys).
  package init(_ keys: JSONWebKeySet, schedule: RotationSchedule) {
    body = keys.publicJSON.bytes
    entityTag = "\"" + Base64URL.text(SHA256.hash(body)) + "\""
    cacheControl = "public, max-age=\(schedule.maximumAge / 1000)"
  }
}
