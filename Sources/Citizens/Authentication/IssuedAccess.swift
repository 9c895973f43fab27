package import Core
internal import Tokens

/// What a citizen gets who was let in. Printing it shows no token.
package struct IssuedAccess: Sendable, CustomStringConvertible, CustomReflectable {
  /// The access token that the citizen sends with each request.
  let access: MintedToken
  /// The refresh token that buys the next access token.
  var refresh: RefreshToken
  /// What the rules granted.
  let grant: AccessGrant
  /// The citizen as Venice knows them now.
  let citizen: Citizen

  /// The answer: `{"access_token","token_type","expires_in","refresh_token","consciousness_tier",
  /// "platform_permissions","citizen":{…}}`; holds the tokens.
  package var json: JSON {
    [
      "access_token": .string(access.text), "token_type": "Bearer", "expires_in": .integer(access.expiresInSeconds),
      "refresh_token": .string(refresh.text), "consciousness_tier": grant.consciousnessTier,
      "platform_permissions": grant.permissions, "citizen": citizen.json,
    ]
  }

  /// Names the access token by its id.
  package var description: String { "access \(access.identity)" }
  /// Has no children, so that no dump shows the secret.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A challenge to sign; see ``IdentityProof/message(issuer:username:nonce:)``.
package struct Challenge: Sendable, Equatable {
  /// 256 random bits in base64url.
  package var nonce: String
  /// Who asks, as it stands in the message.
  package var issuer: String
  /// How long it can be answered.
  package var expiresInSeconds: Int64

  /// `{"nonce","issuer","expires_in"}`
  package var json: JSON {
    ["nonce": .string(nonce), "issuer": .string(issuer), "expires_in": .integer(expiresInSeconds)]
  }
}
