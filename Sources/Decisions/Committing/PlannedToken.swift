package import Core
internal import Rulebook
internal import Tokens

/// A token that a rule wants, as it stands in the record: what it shall say and its id, never the token.
package struct PlannedToken: Sendable, Equatable {
  /// The name of the host call that asks for one.
  package static let call = HostCallName.sign.rawValue

  /// The purpose, claims and lifetime that the rule asked for.
  package var request: TokenRequest
  /// The claim `jti` of the token.
  package var identity: Identifier

  /// The text that a rule gets in its place.
  package static func placeholder(_ identity: Identifier) -> String { "token:\(identity)" }

  /// The intent of a recorded call; nil when it is another call, or was refused.
  init?(_ recorded: RecordedCall) {
    guard recorded.call == Self.call, case .value(let answer) = recorded.answer,
      let text = answer.string, let identity = text.rest(behind: "token:").flatMap({ Identifier($0) }),
      let argument = recorded.arguments.array?.first, let request = try? TokenRequest(rule: argument)
    else { return nil }
    self.request = request
    self.identity = identity
  }
}

extension RecordedDecision {
  /// The result as whoever asked is told it: with each token that the rule had signed in the place of what stood in for
  /// it. `printed` is the result as it is kept. A repeat mints again, from the record: the same claims, the same id and
  /// the same times, in other bytes, as signatures differ. Throws when a token can't be signed now. O(size · tokens).
  func result(_ printed: [UInt8], minting tokens: any TokenPort) throws(TokenError) -> [UInt8] {
    let intents = calls.compactMap { PlannedToken($0) }
    if intents.isEmpty { return printed }
    var minted: [(placeholder: String, token: String)] = []
    for intent in intents {
      let token = try tokens.token(
        for: intent.request, identity: intent.identity, grant: TokenGrant(generation: generation, decision: id),
        now: timeMilliseconds)
      minted.append((PlannedToken.placeholder(intent.identity), token))
    }
    guard let result = try? JSON(parsing: printed, limits: RecordLimits.parsing) else {
      throw TokenError("the result can't be read")
    }
    return result.replacing(minted).bytes
  }
}

extension JSON {
  /// The same value with texts replaced within every string, names of members left out. O(size · pairs).
  fileprivate func replacing(_ pairs: [(placeholder: String, token: String)]) -> JSON {
    switch self {
    case .string(let text):
      return .string(pairs.reduce(text) { $0.replacing($1.placeholder, with: $1.token) })
    case .array(let elements): return .array(elements.map { $0.replacing(pairs) })
    case .object(let object):
      var replaced = JSON.Object()
      for member in object.members { replaced.append(member.name, member.value.replacing(pairs)) }
      return .object(replaced)
    default: return self
    }
  }
}
