package import Core

/// The clocks at a step, milliseconds.
package struct GovernanceMoment: Sendable, Equatable {
  /// Ledger time since 1970: never goes back, and within a run goes with the time since boot.
  package var ledger: Int64
  /// The wall clock since 1970, as people set it.
  package var wall: Int64
  /// For how long the host ran since the step before, by the boot-time clock; 0 at the first step of a run.
  package var ran: Int64

  package init(ledger: Int64, wall: Int64, ran: Int64 = 0) {
    self.ledger = ledger
    self.wall = wall
    self.ran = ran
  }

  /// The later of both clocks: what has expired by either has expired.
  package var latest: Instant { Instant(seconds: max(ledger, wall) / 1000) }
  /// The earlier of both clocks: what neither has reached hasn't come.
  package var earliest: Instant { Instant(seconds: min(ledger, wall) / 1000) }
}

/// Something that happened in governance: one entry of the ledger's chain.
package struct GovernanceStep: Sendable, Equatable {
  /// The raw value is the name in the entry and on the wire.
  package enum Kind: String, Sendable, CaseIterable {
    /// The first root was taken, with the rulebook that was in force.
    case founded
    /// A proposal with at least one signature.
    case proposed
    /// Further signatures of a proposal.
    case signed
    /// The threshold is reached; the delay begins.
    case approved
    /// The delay is over.
    case ready
    /// The proposal is in force.
    case activated
    /// Guardians ended the proposal.
    case vetoed
    /// The proposal's time is over.
    case expired
    /// Another rulebook or root came into force, so the proposal no longer follows.
    case superseded
    /// The host could not make a generation of the proposal's files.
    case invalid
    /// An emergency began: what it does, it does at once.
    case emergency
    /// An emergency is over.
    case lapsed
    /// The freshness role confirmed what is in force.
    case freshness
    /// Nothing but time: while a delay goes on, every minute.
    case ran
  }

  package var kind: Kind
  /// The digest of the proposal's payload, or of the act's for what is about an act; empty for ``Kind/ran``.
  package var subject: String
  package var moment: GovernanceMoment
  /// The envelope that makes the step, with the signatures that count.
  package var payload: SignedPayload?
  /// The rulebook in force where governance begins, or begins again.
  package var files: FileManifest?
  /// Why a proposal is invalid; else empty.
  package var reason = ""

  package init(
    _ kind: Kind, _ subject: String, _ moment: GovernanceMoment, _ payload: SignedPayload? = nil,
    files: FileManifest? = nil, reason: String = ""
  ) {
    self.kind = kind
    self.subject = subject
    self.moment = moment
    self.payload = payload
    self.files = files
    self.reason = reason
  }
}

/// How a step stands in an entry: pairs, and what is too long for them.
extension GovernanceStep {
  /// The pairs. `ledger` names the chain in the step that begins governance.
  package func pairs(ledger: String) -> [ExactText: String] {
    var pairs: [ExactText: String] = [
      "step": kind.rawValue, "ledger_time": String(moment.ledger), "wall_time": String(moment.wall),
      "ran": String(moment.ran),
    ]
    if !subject.isEmpty { pairs["subject"] = subject }
    if !reason.isEmpty { pairs["reason"] = reason }
    if kind == .founded { pairs["ledger"] = ledger }
    if case .root(let root) = payload?.content { pairs["realm"] = root.realm }
    return pairs
  }

  /// The envelope, and the files where there are some; nil without an envelope. O(size).
  package var attachment: [UInt8]? {
    guard let payload else { return nil }
    var object = JSON.Object([("envelope", payload.envelope.json)])
    object["files"] = files?.json
    return JSON.object(object).bytes
  }

  /// The most bytes of an attachment: an envelope and a list of files.
  private static let attachmentBytes = 4 * GovernanceLimits.envelopeBytes

  /// Reads a step back. Throws `corrupt` when the pairs or the attachment are none, or of another ledger.
  package init(
    pairs: [ExactText: String], attachment: [UInt8]?, ledger: String
  ) throws(GovernanceError) {
    guard let kind = pairs["step"].flatMap({ Kind(rawValue: $0) }),
      let time = pairs["ledger_time"].flatMap({ Int64($0) }), let wall = pairs["wall_time"].flatMap({ Int64($0) }),
      let ran = pairs["ran"].flatMap({ Int64($0) })
    else { throw GovernanceError(.corrupt, "an entry of governance can't be read") }
    self.init(
      kind, pairs["subject"] ?? "", GovernanceMoment(ledger: time, wall: wall, ran: ran),
      reason: pairs["reason"] ?? "")
    if kind == .founded, pairs["ledger"] != ledger {
      throw GovernanceError(.corrupt, "the root in this chain was taken for another ledger than \(ledger)")
    }
    guard let attachment else { return }
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: attachment, limits: JSON.ParsingLimits(bytes: Self.attachmentBytes, depth: 10))
    } catch {
      throw Self.unreadable("\(error)")
    }
    do throws(GovernanceError) {
      payload = try SignedPayload(try Envelope(json["envelope"] ?? .null))
      if let list = json["files"]?.array { files = try FileManifest(list) }
    } catch {
      throw Self.unreadable(error.message)
    }
  }

  private static func unreadable(_ reason: String) -> GovernanceError {
    GovernanceError(.corrupt, "the attachment of an entry of governance can't be read: \(reason)")
  }
}
