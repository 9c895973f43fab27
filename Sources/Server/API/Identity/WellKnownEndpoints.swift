internal import Core
internal import HTTPTypes
internal import Hummingbird
package import Tokens

extension Endpoint {
  /// What an issuer shows the world: its public keys (RFC 7517) and its metadata (RFC 8414).
  package static func wellKnown(_ issuer: Issuer) -> [Endpoint] {
    [
      cacheable(
        "/.well-known/jwks.json", name: "getKeys", summary: "The public keys that tokens are checked with",
        answer: Answer(
          "A JWK set", mediaType: WellKnown.keySetType, schema: WellKnown.keySetSchema, example: WellKnown.keySet)
      ) { issuer.publishedKeys },
      cacheable(
        "/.well-known/oauth-authorization-server", name: "getAuthorizationServer",
        summary: "Who issues tokens here, and how",
        answer: Answer("The metadata of RFC 8414", schema: WellKnown.metadataSchema, example: WellKnown.metadata)
      ) { issuer.publishedMetadata },
    ]
  }

  private static func cacheable(
    _ path: String, name: String, summary: String, answer: Answer,
    _ document: @escaping @Sendable () -> PublishedDocument
  ) -> Endpoint {
    var endpoint = Endpoint(.get, path, name: name, summary: summary, answer: answer) { request, _ in
      let document = document()
      let isKnown = request.headers.value("if-none-match").map { document.isKnown($0) } ?? false
      var response =
        isKnown ? Response(status: .notModified) : Response(bytes: document.body, mediaType: answer.mediaType)
      response.headers.set("etag", document.entityTag)
      response.headers.set("cache-control", document.cacheControl)
      return response
    }
    endpoint.isCacheable = true
    return endpoint
  }
}

/// Schemas and examples of what an issuer shows.
private enum WellKnown {
  static let keySetType = "application/jwk-set+json"

  static let keySetSchema = APISchemas.record(JSON.Object([("keys", APISchemas.list(["type": "object"]))]))

  static let keySet: JSON = [
    "keys": [
      [
        "crv": "P-256", "kty": "EC", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "alg": "ES256",
        "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", "use": "sig",
      ]
    ]
  ]

  static let metadataSchema = APISchemas.record(
    JSON.Object([
      ("issuer", APISchemas.text), ("token_endpoint", APISchemas.text), ("jwks_uri", APISchemas.text),
      ("response_types_supported", APISchemas.list(APISchemas.text)),
    ]), isOpen: true)

  static let metadata = AuthorizationServerMetadata.json(issuer: "http://127.0.0.1:8080", algorithms: ["ES256"])
}
