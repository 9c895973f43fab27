package import Core
internal import Cryptography

/// The metadata that an issuer publishes about itself.
package enum AuthorizationServerMetadata {
  /// The metadata of RFC 8414 for `/.well-known/oauth-authorization-server`. `issuer` is the origin of the API without
  /// a trailing slash. Signing in is no grant of RFC 6749, so the metadata lists none and no authorization endpoint.
  package static func json(issuer: String, algorithms: Set<String>) -> JSON {
    [
      "issuer": .string(issuer),
      "token_endpoint": .string(issuer + "/v1/auth/token"),
      "jwks_uri": .string(issuer + "/.well-known/jwks.json"),
      "response_types_supported": ["none"],
      "grant_types_supported": ["urn:cascade:params:oauth:grant-type:signed-challenge"],
      "token_endpoint_auth_methods_supported": ["none"],
      "access_token_signing_alg_values_supported": .array(algorithms.sorted().map { .string($0) }),
    ]
  }
}
