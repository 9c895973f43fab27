package import Core
package import Decisions

/// Why somebody isn't let in.
package enum AuthenticationRefusal: WireError {
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

  /// Why somebody isn't let in, as they may know it.
  package var wireProblem: WireProblem {
    switch self {
    case .invalidName(let detail): WireProblem(.invalidInput, detail)
    case .invalidProof:
      WireProblem(.unauthorized, "nonce, username and signature prove nothing; ask for a new challenge and sign it")
    case .invalidToken: WireProblem(.invalidToken, "the token is not valid")
    case .notFound(let name):
      WireProblem(.forbidden, "Venice knows no citizen '\(name)'", reason: "citizen_not_found")
    case .notInVenice(let name):
      WireProblem(.forbidden, "the citizen '\(name)' is not in Venice", reason: "not_in_venice")
    case .directory(let why):
      WireProblem(
        .unavailable, "Venice can't be asked now; try again", reason: "venice_unavailable",
        retrySeconds: why.retrySeconds)
    case .decision(let failure): failure.routeProblem
    case .unavailable(let detail): WireProblem(.unavailable, detail, retrySeconds: 1)
    }
  }
}
