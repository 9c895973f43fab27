internal import Core
internal import Cryptography

/// The durations of a key's states, in milliseconds.
package struct RotationSchedule: Sendable, Equatable {
  /// Milliseconds for which others may cache the public key set (`max-age`).
  package var maximumAge: Int64
  /// The longest lifetime of a token, in milliseconds.
  package var longestLife: Int64
  /// The tolerance between clocks, in milliseconds.
  package var skew: Int64

  /// A schedule. By default others cache the set for 5 minutes, tokens live for ``TokenPurpose/longestSeconds`` at
  /// most, and clocks differ by 5 minutes.
  package init(
    maximumAge: Int64 = 300_000, longestLife: Int64 = TokenPurpose.longestSeconds * 1000, skew: Int64 = 300_000
  ) {
    self.maximumAge = maximumAge
    self.longestLife = longestLife
    self.skew = skew
  }

  /// Milliseconds for which a key is published before it signs: long enough that everybody has fetched the set again.
  package var publishedFor: Int64 { 2 * maximumAge }
  /// Milliseconds for which a key stays published after it signed: until its last token has expired everywhere.
  package var retiringFor: Int64 { longestLife + skew }
}

/// The keys of an issuer, each in one state: published, then active, then retiring, then gone. A pure value: the caller
/// supplies the time and new keys.
package struct KeyRing: Sendable {
  /// The state of a key in its ring.
  package enum State: String, Sendable, CaseIterable { case published, active, retiring }

  /// A key with its state.
  package struct Entry: Sendable {
    package let key: JSONWebKey
    package internal(set) var state: State
    /// The time at which the key entered its state, milliseconds since 1970.
    package internal(set) var since: Int64

    /// The time of the next state, milliseconds since 1970; nil for the active key, which waits for a successor.
    package func nextStep(_ schedule: RotationSchedule) -> Int64? {
      switch state {
      case .published: since.adding(saturating: schedule.publishedFor)
      case .active: nil
      case .retiring: since.adding(saturating: schedule.retiringFor)
      }
    }
  }

  /// A change of state.
  package enum Change: Sendable, Equatable {
    case activated(String)
    case retired(String)
    case removed(String)
  }

  package internal(set) var entries: [Entry] = []
  /// The names of all removed keys; none is used again.
  package internal(set) var gone: Set<String> = []

  package init() {}

  /// The signing key; nil in an empty ring.
  package var active: JSONWebKey? { entries.first { $0.state == .active }?.key }

  /// Whether a published key waits to become active; until then no other can be published.
  package var isRotating: Bool { entries.contains { $0.state == .published } }

  /// The published keys, which verify tokens: all that aren't gone.
  package var keySet: JSONWebKeySet {
    get throws(TokenError) { try JSONWebKeySet(entries.map(\.key)) }
  }

  /// Adds a new key. The first key of a ring is active at once, because nobody has cached an older set; every other
  /// starts as published. Throws when its name was ever used or another key is still published.
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

  /// The time of the next step, milliseconds since 1970; nil when none is due.
  package func nextStep(_ schedule: RotationSchedule) -> Int64? {
    entries.compactMap { $0.nextStep(schedule) }.min()
  }

  /// Takes all steps that are due, in order. A clock that went back takes none.
  package mutating func advance(now: Int64, _ schedule: RotationSchedule) -> [Change] {
    var changes: [Change] = []
    func has(_ state: State, _ entry: Entry, for time: Int64) -> Bool {
      entry.state == state && now.subtracting(saturating: entry.since) >= time
    }
    if let next = entries.firstIndex(where: { has(.published, $0, for: schedule.publishedFor) }) {
      for index in entries.indices where entries[index].state == .active {
        entries[index].state = .retiring
        entries[index].since = now
        changes.append(.retired(entries[index].key.identifier))
      }
      entries[next].state = .active
      entries[next].since = now
      changes.append(.activated(entries[next].key.identifier))
    }
    for entry in entries where has(.retiring, entry, for: schedule.retiringFor) {
      gone.insert(entry.key.identifier)
      changes.append(.removed(entry.key.identifier))
    }
    entries.removeAll { gone.contains($0.key.identifier) }
    return changes
  }
}

extension KeyRing {
  /// The ring with its private keys, for the state file only.
  var secretJSON: JSON {
    let keys = entries.map { entry -> JSON in
      [
        "state": .string(entry.state.rawValue), "since": .integer(entry.since), "key": entry.key.secretJSON ?? .null,
      ]
    }
    return ["version": 1, "keys": .array(keys), "gone": .array(gone.sorted().map { .string($0) })]
  }

  /// Reads ``secretJSON`` back. Throws when it is malformed.
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
