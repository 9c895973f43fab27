internal import Core

/// A rulebook that somebody wants in force: its files, what it follows, and when it may come.
package struct RulebookProposal: Sendable, Equatable {
  /// The type of a proposal's payload in its envelope.
  package static let payloadType = "application/vnd.cascade.rulebook.v1+json"

  package let realm: String
  /// One more than that of the rulebook in force, of which the first under governance is 0.
  package let sequence: Int64
  /// The digest of the payload before: that of the rulebook in force, or of the root that governance began with.
  package let previous: String
  /// The digest of the root in force.
  package let root: String
  package let files: FileManifest
  package let notBefore: Instant?
  package let expires: Instant
  /// The digest of the report of what the change would have done to the past; nil without one.
  package let impact: String?
  package let title: String
  /// The oldest version of the host that can run it; nil for any.
  package let requiredHost: HostVersion?
  /// Digests of rulebooks that no emergency may bring back.
  package let withdrawn: [String]

  /// Reads the payload of `envelope`. Throws `payload_type`, `malformed` with the member, or `files`.
  package init(_ envelope: Envelope) throws(GovernanceError) {
    guard envelope.payloadType == Self.payloadType else {
      throw GovernanceError(
        .payloadType, "a rulebook has the type \(Self.payloadType), got \(envelope.payloadType)")
    }
    let reader = try PayloadReader(
      envelope.payload, type: "rulebook",
      members: [
        "realm", "sequence", "previous", "root", "files", "digest", "not_before", "expires", "impact", "title",
        "requires", "withdrawn",
      ])
    realm = try reader.realm()
    sequence = try reader.integer("sequence", from: 1)
    previous = try reader.digest("previous")
    root = try reader.digest("root")
    files = try FileManifest(try reader.array("files", limit: GovernanceLimits.files))
    guard try reader.digest("digest").isSame(as: files.digest) else {
      throw GovernanceError(.files, "digest isn't the digest of the files, which is \(files.digest)")
    }
    notBefore = reader.has("not_before") ? try reader.instant("not_before") : nil
    expires = try reader.instant("expires")
    impact = reader.has("impact") ? try reader.digest("impact") : nil
    title = try reader.text("title")
    requiredHost = reader.has("requires") ? try reader.object("requires", members: ["host"]).version("host") : nil
    withdrawn =
      reader.has("withdrawn") ? try reader.texts("withdrawn", limit: GovernanceLimits.points) : []
    if let odd = withdrawn.first(where: { !PayloadReader.isDigest($0) }) {
      throw GovernanceError(.malformed, "withdrawn holds \(VisibleText.line(odd)), which is no digest")
    }
  }

  /// The payload's bytes for these values: what a proposer's program writes, and everybody then signs. O(files).
  package static func payload(_ draft: Draft) -> [UInt8] {
    var object = JSON.Object([
      ("_type", "rulebook"), ("realm", .string(draft.realm)), ("sequence", .integer(draft.sequence)),
      ("previous", .string(draft.previous)), ("root", .string(draft.root)), ("files", draft.files.json),
      ("digest", .string(draft.files.digest)), ("not_before", draft.notBefore.map { .string($0.text) } ?? .null),
      ("expires", .string(draft.expires.text)), ("impact", draft.impact.map { .string($0) } ?? .null),
      ("title", .string(draft.title)),
      ("requires", ["host": .string(draft.requiredHost)]),
    ])
    if !draft.withdrawn.isEmpty { object["withdrawn"] = .array(draft.withdrawn.map { .string($0) }) }
    return JSON.object(object).bytes
  }

  /// What a proposer says.
  package struct Draft: Sendable {
    /// The realm of the root in force, 32 hexadecimal digits.
    package var realm: String
    /// One more than that of the rulebook in force.
    package var sequence: Int64
    package var previous: String
    package var root: String
    package var files: FileManifest
    package var notBefore: Instant?
    package var expires: Instant
    package var impact: String?
    package var title: String
    package var requiredHost: String
    package var withdrawn: [String] = []

    package init(
      realm: String, sequence: Int64, previous: String, root: String, files: FileManifest, expires: Instant,
      title: String, requiredHost: String
    ) {
      self.realm = realm
      self.sequence = sequence
      self.previous = previous
      self.root = root
      self.files = files
      self.expires = expires
      self.title = title
      self.requiredHost = requiredHost
    }
  }
}
