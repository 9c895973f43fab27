internal import Core

/// Who may sign what, and how long others have to object. Immutable; each is kept for ever.
package struct GovernanceRoot: Sendable, Equatable {
  /// What somebody signs for.
  package enum Role: String, Sendable, CaseIterable {
    /// Signs the next root.
    case root
    /// Signs the rulebooks that come into force.
    case rules
    /// Signs vetoes against proposals of rulebooks and roots.
    case guardian
    /// What takes effect at once and lapses by itself.
    case emergency
    /// That the rulebook in force is still the one that is meant.
    case freshness
  }

  /// Whether a host activates only what was signed.
  package enum Mode: String, Sendable { case enforce, off }

  /// Keys, of which so many must sign.
  package struct Quorum: Sendable, Equatable {
    package var keys: [HolderKey]
    /// How many of the keys must sign, from 1.
    package var threshold: Int
  }

  /// The type of a root's payload in its envelope.
  package static let payloadType = "application/vnd.cascade.root.v1+json"

  package let mode: Mode
  /// 32 hexadecimal digits, drawn once: what is signed for one host means nothing to another.
  package let realm: String
  /// 1 for the first root, then one more each time.
  package let version: Int64
  package let expires: Instant
  /// Every key by the id under which roles name it.
  package let keys: [String: HolderKey]
  /// The holders' names by key id.
  package let holders: [String: String]
  package let roles: [Role: Quorum]
  package let delays: [ChangeClass: Period]
  /// How long a ready proposal may wait for its activation.
  package let grace: Period
  package let emergencyMax: Period
  package let freshnessMax: Period
  /// The name of the payload.
  package let digest: String

  /// Reads the payload of `envelope`. Throws `payload_type`, `malformed` with the member, or `root` for keys and
  /// thresholds that can't be.
  package init(_ envelope: Envelope) throws(GovernanceError) {
    guard envelope.payloadType == Self.payloadType else {
      throw GovernanceError(.payloadType, "a root has the type \(Self.payloadType), got \(envelope.payloadType)")
    }
    let reader = try PayloadReader(
      envelope.payload, type: "root",
      members: [
        "spec", "mode", "realm", "version", "expires", "keys", "roles", "delays", "grace", "emergency_max",
        "freshness_max",
      ])
    guard try reader.text("spec") == "1.0" else { throw reader.fault("spec", "\"1.0\"") }
    guard let mode = Mode(rawValue: try reader.text("mode")) else { throw reader.fault("mode", "enforce or off") }
    self.mode = mode
    realm = try reader.realm()
    version = try reader.integer("version", from: 1)
    expires = try reader.instant("expires")
    (keys, holders) = try Self.keys(reader)
    roles = try Self.roles(reader, keys)
    let delays = try reader.object("delays", members: ChangeClass.allCases.map(\.rawValue))
    var periods: [ChangeClass: Period] = [:]
    for change in ChangeClass.allCases { periods[change] = try delays.period(change.rawValue) }
    self.delays = periods
    grace = try reader.period("grace")
    emergencyMax = try reader.period("emergency_max")
    freshnessMax = try reader.period("freshness_max")
    digest = envelope.digest
    if grace.seconds == 0 { throw GovernanceError(.root, "grace is nothing, so no proposal could be activated") }
  }

  /// The delay of a class of change.
  package func delay(of change: ChangeClass) -> Period { delays[change] ?? Period(seconds: .max) }

  private static func keys(
    _ reader: PayloadReader
  ) throws(GovernanceError) -> ([String: HolderKey], [String: String]) {
    let list = try reader.object("keys", members: nil)
    guard (1...GovernanceLimits.keys).contains(list.names.count) else {
      throw GovernanceError(.root, "a root has 1 to \(GovernanceLimits.keys) keys")
    }
    var (keys, holders): ([String: HolderKey], [String: String]) = ([:], [:])
    for id in list.names {
      let entry = try list.object(id, members: ["scheme", "public", "holder"])
      guard try entry.text("scheme") == "ed25519" else { throw entry.fault("scheme", "ed25519") }
      guard let bytes = Hexadecimal.bytes(try entry.text("public")), bytes.count == 32 else {
        throw entry.fault("public", "64 lower-case hexadecimal digits")
      }
      if keys.values.contains(where: { $0.bytes == bytes }) {
        throw GovernanceError(.root, "keys.\(id) is a key that is here under another id")
      }
      let key: HolderKey
      do throws(GovernanceError) {
        key = try HolderKey(bytes)
      } catch {
        throw GovernanceError(.root, "keys.\(id): \(error.message)")
      }
      guard key.id.isSame(as: id) else { throw GovernanceError(.root, "keys.\(id) isn't the id of its key") }
      keys[id] = key
      holders[id] = try entry.text("holder", limit: 100)
    }
    return (keys, holders)
  }

  private static func roles(
    _ reader: PayloadReader, _ keys: [String: HolderKey]
  ) throws(GovernanceError) -> [Role: Quorum] {
    let list = try reader.object("roles", members: Role.allCases.map(\.rawValue))
    var roles: [Role: Quorum] = [:]
    for role in Role.allCases {
      let entry = try list.object(role.rawValue, members: ["keyids", "threshold"])
      var members: [HolderKey] = []
      for id in try entry.texts("keyids", limit: GovernanceLimits.keys) {
        guard let key = keys[id] else {
          throw GovernanceError(.root, "roles.\(role) names \(id), which is no key here")
        }
        if members.contains(key) { throw GovernanceError(.root, "roles.\(role) names \(id) twice") }
        members.append(key)
      }
      guard let threshold = Int(exactly: try entry.integer("threshold", from: 0)), threshold >= 1,
        threshold <= members.count
      else {
        throw GovernanceError(.root, "roles.\(role) wants a threshold from 1 to its \(members.count) distinct keys")
      }
      roles[role] = Quorum(keys: members, threshold: threshold)
    }
    return roles
  }
}

/// How much a change may do, told from what it changes and never from what it says of itself.
package enum ChangeClass: String, Sendable, CaseIterable {
  /// Numbers and words below `policies/`.
  case policies
  /// Code below `plugins/`, or anything else that is no policy.
  case plugins
  /// Keys, roles, thresholds and delays.
  case root
}
