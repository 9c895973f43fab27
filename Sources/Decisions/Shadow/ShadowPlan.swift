package import Core

/// A shadow: rules that decide along with those in force, and change nothing. Kept in a file, so that it goes on when
/// the host starts again.
package struct ShadowPlan: Sendable, Equatable {
  /// Why a shadow is over; the raw values are the names on the wire.
  package enum Ending: String, Sendable, CaseIterable {
    /// Its time was over.
    case time
    /// Somebody stopped it before its time.
    case stopped
    /// It compared as many decisions as one may.
    case full
    /// It couldn't go on.
    case failed
  }

  /// Its id, which names its log.
  package var id: Identifier
  /// The digest of the rules: `sha256:…`
  package var candidate: String
  /// One decision in so many is compared.
  package var share: Int
  /// When it began, milliseconds since 1970.
  package var begun: Int64
  /// When it ends by itself, milliseconds since 1970; nil for when it has compared as many as it may.
  package var ends: Int64?
  /// Where each log of decisions ended when it began.
  package var positions: [String: UInt64]
  /// When it ended; nil while it goes on.
  package var ended: Int64?
  /// Why it ended; nil while it goes on.
  package var ending: Ending?
  /// What kept it from going on.
  package var problem: String?

  /// As it is kept. O(logs).
  var json: JSON {
    let positions = positions.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSON.string(String($0.value))) }
    return [
      "shadow": .string(Self.form), "id": .string(id.description), "candidate": .string(candidate),
      "share": .integer(Int64(share)), "begun": .integer(begun), "ends": ends.map { .integer($0) } ?? .null,
      "positions": .object(JSON.Object(positions)), "ended": ended.map { .integer($0) } ?? .null,
      "ending": ending.map { .string($0.rawValue) } ?? .null, "problem": problem.map { .string($0) } ?? .null,
    ]
  }

  private static let form = "cascade-shadow/v1"

  /// A shadow that begins now.
  init(id: Identifier, candidate: String, share: Int, begun: Int64, ends: Int64?, positions: [String: UInt64]) {
    (self.id, self.candidate, self.share) = (id, candidate, share)
    (self.begun, self.ends, self.positions) = (begun, ends, positions)
  }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard json["shadow"]?.string == Self.form, let id = json["id"]?.string.flatMap({ Identifier($0) }),
      let candidate = json["candidate"]?.string, let share = json["share"]?.integer.flatMap({ Int(exactly: $0) }),
      share >= 1, let begun = json["begun"]?.integer, let positions = json["positions"].flatMap(Self.positions)
    else { return nil }
    self.init(
      id: id, candidate: candidate, share: share, begun: begun, ends: json["ends"]?.integer, positions: positions)
    ended = json["ended"]?.integer
    ending = json["ending"]?.string.flatMap { Ending(rawValue: $0) }
    problem = json["problem"]?.string
  }

  /// Reads positions of logs by their names; nil when one is no number.
  static func positions(_ json: JSON) -> [String: UInt64]? {
    var positions: [String: UInt64] = [:]
    for member in json.object?.members ?? [] {
      guard let position = member.value.string.flatMap({ UInt64($0) }) else { return nil }
      positions[member.name] = position
    }
    return json.object == nil ? nil : positions
  }

  /// Whether a decision is one of those that are compared. The same decision always is, or never.
  func takes(_ id: Identifier) -> Bool {
    if share == 1 { return true }
    let mixed = (id.high ^ id.low) &* 0x9E37_79B9_7F4A_7C15
    return (mixed >> 32) % UInt64(share) == 0
  }
}
