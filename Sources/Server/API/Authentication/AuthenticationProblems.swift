internal import Citizens
internal import Core
internal import Decisions

extension ProblemDocument {
  /// Why somebody isn't let in, as they may know it.
  init(_ refusal: AuthenticationRefusal) {
    switch refusal {
    case .invalidName(let detail): self.init(.invalidInput, detail)
    case .invalidProof:
      self.init(
        .unauthorized, "nonce, username and signature prove nothing; ask for a new challenge and sign it",
        headers: [("www-authenticate", #"Bearer realm="cascade""#)])
    case .invalidToken:
      self.init(
        .invalidToken, "the token is not valid",
        headers: [("www-authenticate", #"Bearer realm="cascade", error="invalid_token""#)])
    case .notFound(let name):
      self.init(
        .forbidden, "Venice knows no citizen '\(name)'",
        members: JSON.Object([("reason", "citizen_not_found")]))
    case .notInVenice(let name):
      self.init(
        .forbidden, "the citizen '\(name)' is not in Venice",
        members: JSON.Object([("reason", "not_in_venice")]))
    case .directory(let why):
      self.init(
        .unavailable, "Venice can't be asked now; try again",
        headers: [("retry-after", String(why.retrySeconds))],
        members: JSON.Object([("reason", "venice_unavailable")]))
    case .decision(let failure): self.init(failure, isRoute: true)
    case .unavailable(let detail): self.init(.unavailable, detail, headers: [("retry-after", "1")])
    }
  }
}
