internal import Core

/// An envelope, and what its payload says.
package struct SignedPayload: Sendable, Equatable {
  /// What the payload says, by its type.
  package enum Content: Sendable, Equatable {
    case root(GovernanceRoot)
    case rulebook(RulebookProposal)
    case act(GovernanceAct)
  }

  package private(set) var envelope: Envelope
  package let content: Content

  /// The name of the payload.
  package var digest: String { envelope.digest }

  /// Reads an envelope of any type that governance knows. Throws `payload_type` for others, or what is wrong with the
  /// payload. O(size).
  package init(_ envelope: Envelope) throws(GovernanceError) {
    self.envelope = envelope
    let type = envelope.payloadType
    if type == GovernanceRoot.payloadType {
      content = .root(try GovernanceRoot(envelope))
    } else if type == RulebookProposal.payloadType {
      content = .rulebook(try RulebookProposal(envelope))
    } else if let kind = GovernanceAct.Kind.allCases.first(where: { $0.payloadType == type }) {
      content = .act(try GovernanceAct(envelope, kind))
    } else {
      throw GovernanceError(.payloadType, "nothing here has the type '\(VisibleText.line(type))'")
    }
  }

  /// Reads an envelope's bytes. Throws as ``Envelope/init(parsing:)`` and the other.
  package init(parsing bytes: [UInt8]) throws(GovernanceError) { try self.init(try Envelope(parsing: bytes)) }

  /// The same payload with these signatures only.
  package func with(_ signatures: [Envelope.Signature]) -> SignedPayload {
    var copy = self
    copy.envelope = envelope.with(signatures)
    return copy
  }

  /// Adds the signatures of an envelope of the same payload. Throws `files` when the payload is another one.
  package mutating func add(_ other: Envelope) throws(GovernanceError) {
    guard other.payloadType.isSame(as: envelope.payloadType), other.payload == envelope.payload else {
      throw GovernanceError(.malformed, "these signatures are of another payload than \(digest)")
    }
    try envelope.add(other.signatures)
  }
}
