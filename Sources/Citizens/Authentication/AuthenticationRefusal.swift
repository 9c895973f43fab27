package import Decisions

/// Why somebody isn't let in.
package enum AuthenticationRefusal: Error, Sendable {
  /// The name can't be one.
  case invalidName(String)
  /// Nonce, name and signature don't prove anything. The reason is for the log alone.
  case invalidProof(String)
  /// The access or refresh token doesn't hold. The reason is for the log alone.
  case invalidToken(String)
  /// Proved, but Venice doesn't know the citizen.
  case notFound(String)
  /// Proved, but the citizen isn't present in Venice.
  case notInVenice(String)
  /// Venice can't be asked, or what it says can't be trusted.
  case directory(DirectoryUnavailable)
  /// The rules refused or failed, or can't be asked.
  case decision(DecisionFailure)
  /// The host can't do it now.
  case unavailable(String)
}
