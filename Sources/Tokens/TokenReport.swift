package import Core

/// The report of `cascade token verify` on one line.
package struct TokenReport: Sendable {
  /// Whether the line is a valid token.
  package let isValid: Bool
  /// `{"valid":true,"kid":…,"claims":{…}}` or `{"valid":false,"code":"invalid_token","reason":…}`. With the signature
  /// only, a payload that is no JSON object appears as `payload`, in base64url, instead of `claims`.
  package let json: JSON

  /// Verifies one line without its newline; an empty line is an invalid token. `keys` is the key set, or the error that
  /// makes every line invalid. `now` in milliseconds since 1970.
  package init(
    line: some Sequence<UInt8>, keys: Result<JSONWebKeySet, TokenError>, signatureOnly: Bool, now: Int64,
    policy: ClaimsPolicy = .anyIssuer
  ) {
    do throws(TokenError) {
      let keys = try keys.get()
      if signatureOnly {
        let (token, key) = try TokenVerifier.verifySignature(line, keys)
        let claims = (try? token.claims()).map { (name: "claims", value: JSON.object($0)) }
        let payload = claims ?? ("payload", .string(Base64URL.text(token.payload)))
        json = .object(JSON.Object([("valid", true), ("kid", .string(key.identifier)), payload]))
      } else {
        let token = try TokenVerifier(keys: keys, policy: policy).verify(line, now: now)
        json = ["valid": true, "kid": .string(token.keyIdentifier), "claims": .object(token.claims)]
      }
      isValid = true
    } catch {
      isValid = false
      json = ["valid": false, "code": .string(TokenError.code), "reason": .string(error.reason)]
    }
  }

  /// The key set of a file's bytes, or the reason to refuse it.
  package static func keys(parsing file: some Sequence<UInt8>) -> Result<JSONWebKeySet, TokenError> {
    do throws(TokenError) { return .success(try JSONWebKeySet(parsing: file)) } catch { return .failure(error) }
  }
}
