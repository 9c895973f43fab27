package import Core

extension Relationship {
  private static let members: Set<String> = [
    "citizen1", "citizen2", "trustScore", "strengthScore", "lastInteraction",
  ]

  /// The row in the form of the wire: `{"citizen1","citizen2","trustScore","strengthScore","lastInteraction"}`.
  package var json: JSON {
    [
      "citizen1": .string(citizen1), "citizen2": .string(citizen2), "trustScore": trust.map { .double($0) } ?? .null,
      "strengthScore": .double(strength), "lastInteraction": .string(lastInteraction),
    ]
  }

  /// Reads ``json``; the last three members may be missing or null. Throws `invalid_relationship` and names the wrong
  /// member.
  package init(json: JSON) throws(GraphError) {
    guard let object = json.object else { throw GraphError(.invalidRelationship, "a relationship must be an object") }
    if let unknown = object.members.first(where: { !Self.members.contains($0.name) }) {
      throw GraphError(.invalidRelationship, "unknown field '\(unknown.name)'")
    }
    func name(_ member: String) throws(GraphError) -> String {
      guard let name = json[member]?.string else { throw GraphError(.invalidRelationship, "\(member) must be a name") }
      return name
    }
    func score(_ member: String) throws(GraphError) -> Double? {
      guard let value = json[member], value != .null else { return nil }
      guard let number = value.number, TrustScale.range.contains(number) else {
        throw GraphError(.invalidRelationship, "\(member) must be a number from 0 to 100")
      }
      return number
    }
    let last = json["lastInteraction"] ?? .null
    guard last == .null || last.string != nil else {
      throw GraphError(.invalidRelationship, "lastInteraction must be a text")
    }
    self = try Relationship(
      name("citizen1"), name("citizen2"), trust: score("trustScore"), strength: score("strengthScore"),
      lastInteraction: last.string ?? "")
  }
}
