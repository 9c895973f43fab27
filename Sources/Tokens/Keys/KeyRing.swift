internal import Core
internal import Cryptography

/// How long each state of a key lasts, in milliseconds.
package struct RotationSchedule: Sendable, Equatable {
  /// How long others may keep the public key set (`max-age`).
  package var maximumAge: Int64
  /// The longest life of a token.
  package var longestLife: Int64
  /// How far clocks may differ.
  package var skew: Int64

  /// A schedule; by default a set is kept for 5 minutes, no token outlives ``TokenPurpose/longestSeconds`` and clocks
  /// differ by 5 minutes.
  package init(
    maximumAge: Int64 = 300_000, longestLife: Int64 = TokenPurpose.longestSeconds * 1000, skew: Int64 = 300_000
  ) {
    self.maximumAge = maximumAge
    self.longestLife = longestLife
    self.skew = skew
  }

  /// How long a key is shown before it signs: everybody has asked twice.
  package var publishedFor: Int64 { 2 * maximumAge }
  /// How long a key is shown after it signed: its last token has expired everywhere.
  package var retiringFor: Int64 { longestLife + skew }
}

/// The keys of an issuer, each in one state: published, then active, then retiring, then gone. Decides only; what
/// time it is and what keys were made comes from outside.
package struct KeyRing: Sendable {
  /// What a key does now.
  package enum State: String, Sendable, CaseIterable { case published, active, retiring }

  /// A key and since when it is in its state, in milliseconds since 1970.
  package struct Entry: Sendable {
    /// The key.
    package let key: JSONWebKey
    /// Its state.
    package internal(set) var state: State
    /// Since when.
    package internal(set) var since: Int64

    /// When it goes on to its next state, milliseconds since 1970; nil for the active key, which waits for another one.
    package func nextStep(_ schedule: RotationSchedule) -> Int64? {
      switch state {
      case .published: since + schedule.publishedFor
      case .active: nil
      case .retiring: since + schedule.retiringFor
      }
    }
  }

  /// A step that a ring has taken.
  package enum Change: Sendable, Equatable {
    case activated(String)
    case retired(String)
    case removed(String)
  }

  /// The keys, oldest first.
  package internal(set) var entries: [Entry] = []
  /// The names of all keys that are gone; none comes back.
  package internal(set) var gone: Set<String> = []

  /// A ring without keys.
  package init() {}

  /// The key that signs.
  package var active: JSONWebKey? { entries.first { $0.state == .active }?.key }

  /// Whether a key waits for its turn to sign; then no other can be published.
  package var isRotating: Bool { entries.contains { $0.state == .published } }

  /// The keys that tokens are checked with and that others may see: all that aren't gone.
  package var keySet: JSONWebKeySet {
    get throws(TokenError) { try JSONWebKeySet(entries.map(\.key)) }
  }

  /// Takes in a key that was made. The first key of a ring is active at once, since nobody holds an older set; every
  /// other is published. Throws when its name was ever used, or another key is published still.
  package mutating func publish(_ key: JSONWebKey, now: Int64) throws(TokenError) {
    guard key.canSign, key.publicJSON != nil else { throw TokenError("a ring holds private keys only") }
    guard !gone.contains(key.identifier), !entries.contains(where: { $0.key.identifier == key.identifier }) else {
      throw TokenError("the key \(key.identifier) was in the ring before")
    }
    guard !isRotating else {
      throw TokenError("a published key waits for its turn already")
    }
    entries.append(Entry(key: key, state: active == nil ? .active : .published, since: now))
  }

  /// When the next step is due, milliseconds since 1970; nil when none is.
  package func nextStep(_ schedule: RotationSchedule) -> Int64? {
    entries.compactMap { $0.nextStep(schedule) }.min()
  }

  /// Takes the steps whose time has come, in order. A clock that went back takes none.
  package mutating func advance(now: Int64, _ schedule: RotationSchedule) -> [Change] {
    var changes: [Change] = []
    if let next = entries.firstIndex(where: { $0.state == .published && now - $0.since >= schedule.publishedFor }) {
      for index in entries.indices where entries[index].state == .active {
        entries[index].state = .retiring
        entries[index].since = now
        changes.append(.retired(entries[index].key.identifier))
      }
      entries[next].state = .active
      entries[next].since = now
      changes.append(.activated(entries[next].key.identifier))
    }
    for entry in entries where entry.state == .retiring && now - entry.since >= schedule.retiringFor {
      gone.insert(entry.key.identifier)
      changes.append(.removed(entry.key.identifier))
    }
    entries.removeAll { gone.contains($0.key.identifier) }
    return changes
  }
}

extension KeyRing {
  /// The ring with its private keys, for the state file alone.
  var secretJSON: JSON {
    let keys = entries.map { entry -> JSON in
      [
        "state": .string(entry.state.rawValue), "since": .integer(entry.since), "key": entry.key.secretJSON ?? .null,
      ]
    }
    return ["version": 1, "keys": .array(keys), "gone": .array(gone.sorted().map { .string($0) })]
  }

  /// Reads ``secretJSON`` back. Throws when it isn't one.
  init(secretJSON json: JSON) throws(TokenError) {
    guard json["version"]?.integer == 1, let keys = json["keys"]?.array, let gone = json["gone"]?.array else {
      throw TokenError("the key ring is of an unknown form")
    }
    for element in keys {
      guard let state = element["state"]?.string.flatMap(State.init(rawValue:)), let since = element["since"]?.integer,
        let member = element["key"], case .usable(let key) = try JSONWebKey.read(member), key.canSign
      else { throw TokenError("a key of the ring is of an unknown form") }
      entries.append(Entry(key: key, state: state, since: since))
    }
    self.gone = Set(gone.compactMap(\.string))
    guard entries.count(where: { $0.state == .active }) == min(1, entries.count) else {
      throw TokenError("the key ring has not exactly one active key")
    }
    _ = try keySet
  }
}
