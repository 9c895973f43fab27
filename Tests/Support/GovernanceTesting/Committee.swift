package import Core
internal import Cryptography
package import Governance

/// Five holders who may propose and two guardians, and what they sign.
package struct Committee: Sendable {
  /// The holders' secrets: 0 to 4 have all roles but guardian, 5 and 6 are guardians.
  package let secrets: [HolderSecret]
  package var realm = String(repeating: "5e", count: 16)
  package static let files = FileManifest(contents: [
    "plugins/fees/plugin.lua": Array("return {}".utf8), "policies/fees.lua": Array("return { fee = 3 }".utf8),
  ])

  /// Holders with keys of their own.
  package init(count: Int = 7) throws { secrets = try (0..<count).map { _ in try HolderSecret.generate() } }

  /// Their public keys.
  package var keys: [HolderKey] { secrets.map(\.key) }

  /// The payload of a root, with members replaced.
  package func root(
    _ version: Int64 = 1, holders: Range<Int> = 0..<5, guardians: Range<Int> = 5..<7, threshold: Int64 = 3,
    changes: [(String, JSON?)] = []
  ) -> Envelope {
    let all = Array(holders) + guardians.filter { !holders.contains($0) }
    func role(_ members: Range<Int>, _ threshold: Int64) -> JSON {
      ["keyids": .array(members.map { .string(keys[$0].id) }), "threshold": .integer(threshold)]
    }
    let entries = all.map { place in
      (
        name: keys[place].id,
        value: [
          "scheme": "ed25519", "public": .string(Hexadecimal.text(keys[place].bytes)), "holder": .string("h\(place)"),
        ] as JSON
      )
    }
    var object = JSON.Object([
      ("_type", "root"), ("spec", "1.0"), ("mode", "enforce"), ("realm", .string(realm)),
      ("version", .integer(version)),
      ("expires", "2027-11-29T16:00:00Z"), ("keys", .object(JSON.Object(entries))),
      (
        "roles",
        [
          "root": role(holders, threshold), "rules": role(holders, threshold), "guardian": role(guardians, 2),
          "emergency": role(holders, 2), "freshness": role(holders, 1),
        ]
      ),
      ("delays", ["policies": "PT24H", "plugins": "PT72H", "root": "P7D"]), ("grace", "P14D"),
      ("emergency_max", "PT72H"), ("freshness_max", "P7D"),
    ])
    for (name, value) in changes { object[name] = value }
    return Envelope(payloadType: GovernanceRoot.payloadType, payload: JSON.object(object).bytes)
  }

  /// The envelope with the signatures of these holders.
  package func signed(_ envelope: Envelope, by signers: [Int]) throws -> Envelope {
    envelope.with(try signers.map { try secrets[$0].signature(of: envelope) })
  }

  /// The envelope with the signatures of these holders, read.
  package func payload(_ envelope: Envelope, by signers: [Int]) throws -> SignedPayload {
    try SignedPayload(try signed(envelope, by: signers))
  }

  /// The proposal of a fee after `state`, with members replaced.
  package func fee(
    _ fee: Int, after state: GovernanceState, plugin: String = "return {}", changes: [(String, JSON?)] = []
  ) throws -> Envelope {
    let contents: [ExactText: [UInt8]] = [
      "plugins/fees/plugin.lua": Array(plugin.utf8), "policies/fees.lua": Array("return { fee = \(fee) }".utf8),
    ]
    return try proposal(contents, after: state, title: "fee \(fee)", changes: changes)
  }

  /// The proposal of these files after `state`, with members replaced.
  package func proposal(
    _ contents: [ExactText: [UInt8]], after state: GovernanceState, title: String, changes: [(String, JSON?)] = []
  ) throws -> Envelope {
    let files = FileManifest(contents: contents)
    let draft = RulebookProposal.Draft(
      realm: realm, sequence: state.active.sequence + 1, previous: state.active.payload, root: state.root.digest,
      files: files, expires: Instant(seconds: Clock.begin / 1000 + 60 * 86_400), title: title,
      requiredHost: "0.1.0")
    let bytes = RulebookProposal.payload(draft)
    if changes.isEmpty { return Envelope(payloadType: RulebookProposal.payloadType, payload: bytes) }
    var object = try JSON(parsing: bytes).object ?? JSON.Object()
    for (name, value) in changes { object[name] = value }
    return Envelope(payloadType: RulebookProposal.payloadType, payload: JSON.object(object).bytes)
  }

  /// What an act's signers sign.
  package func act(
    _ action: GovernanceAct.Action, sequence: Int64 = 0, at clock: Clock, hours: Int64 = 72, reason: String = "why"
  ) -> Envelope {
    let now = Instant(seconds: clock.ledger / 1000)
    let (type, bytes) = GovernanceAct.payload(
      action, realm: realm, sequence: sequence, reason: reason, time: now, expires: now.later(by: hours * 3600))
    return Envelope(payloadType: type, payload: bytes)
  }

  /// A state that three holders founded.
  package func founded(_ clock: Clock = Clock(), check: SignatureCheck = .ed25519) throws -> GovernanceState {
    let root = root()
    return try GovernanceState(
      founding: GovernanceStep(
        .founded, root.digest, clock.moment(), try payload(root, by: [0, 1, 2]), files: Self.files), check: check)
  }
}

/// The clocks of a host, milliseconds.
package struct Clock: Sendable {
  /// 2026-11-29T16:00:00Z
  package static let begin: Int64 = 1_795_968_000_000
  package var ledger = begin
  package var wall = begin

  /// Both clocks at the beginning.
  package init() {}

  /// The clocks at a step.
  package func moment(ran: Int64 = 0) -> GovernanceMoment { GovernanceMoment(ledger: ledger, wall: wall, ran: ran) }

  /// Lets time pass on both clocks.
  package mutating func advance(_ milliseconds: Int64) {
    ledger += milliseconds
    wall += milliseconds
  }
}
