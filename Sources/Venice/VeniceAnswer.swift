internal import Citizens
internal import Core
internal import TrustGraph

/// The meaning of Venice's responses, with every trap of its API. Pure.
///
/// A response that isn't Venice's own (5xx, no JSON, invented people with `_fallback`, a demo) throws: nobody signs in
/// on it, and the cache never keeps it.
enum VeniceAnswer {
  /// Reads the response to `GET /citizens/{username}`; nil for an unknown citizen.
  static func citizen(
    _ response: VeniceResponse, named username: String
  ) throws(DirectoryUnavailable) -> CitizenLookup {
    let json = try body(of: response)
    let member = json["citizen"] ?? .null
    if response.status != 200 {
      // Venice answers 404 once, and later 200 with null.
      guard member == .null else { throw DirectoryUnavailable("a citizen came with status \(response.status)") }
      return .notFound
    }
    guard json["success"] == true else { throw DirectoryUnavailable("the response isn't marked as a success") }
    if member == .null { return .notFound }
    try refuseInvented(member)
    guard let citizen = Citizen(venice: member) else { throw DirectoryUnavailable("the citizen has another form") }
    guard citizen.username.utf8.elementsEqual(username.utf8) else { return .notFound }
    // Venice omits the member when it is false.
    return member["inVenice"] == true ? .citizen(citizen) : .notInVenice(citizen)
  }

  /// Reads the response to `GET /relationships`.
  static func relationships(_ response: VeniceResponse) throws(DirectoryUnavailable) -> RelationshipList {
    let json = try body(of: response)
    guard response.status == 200, json["success"] == true, let rows = json["relationships"]?.array else {
      throw DirectoryUnavailable("status \(response.status) without a list of relationships")
    }
    var relationships: [Relationship] = []
    for row in rows { relationships.append(try relationship(row)) }
    return RelationshipList(relationships, isTruncated: rows.count >= VeniceLimits.listedRelationships)
  }

  /// Reads the response to `GET /relationships?citizen1=…&citizen2=…`; nil without a relationship.
  static func relationship(
    _ response: VeniceResponse, between first: String, and second: String
  ) throws(DirectoryUnavailable) -> Relationship? {
    let json = try body(of: response)
    let row = json["relationship"] ?? .null
    if row == .null && (response.status == 404 || response.status == 200 && json["success"] == true) { return nil }
    guard response.status == 200, json["success"] == true else {
      throw DirectoryUnavailable("status \(response.status) without a relationship")
    }
    let relationship = try relationship(row)
    let names = [relationship.citizen1, relationship.citizen2].map { Array($0.utf8) }
    guard names == [Array(first.utf8), Array(second.utf8)] || names == [Array(second.utf8), Array(first.utf8)] else {
      throw DirectoryUnavailable("the relationship is between others than asked for")
    }
    return relationship
  }

  /// The object in a response; throws when the response isn't Venice's own.
  private static func body(of response: VeniceResponse) throws(DirectoryUnavailable) -> JSON {
    guard [200, 400, 404].contains(response.status) else {
      throw DirectoryUnavailable("Venice answered with status \(response.status)")
    }
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: response.body, limits: JSON.ParsingLimits(bytes: response.body.count))
    } catch {
      throw DirectoryUnavailable("status \(response.status) with a body that is no JSON: \(error)")
    }
    guard json.object != nil else { throw DirectoryUnavailable("the answer is no object") }
    try refuseInvented(json)
    return json
  }

  /// Whether a response carries a mark that says it is invented.
  static func isInvented(_ json: JSON) -> Bool { invented(json) != nil }

  /// Throws for invented people, which Venice sends with a mark when its own source fails.
  private static func refuseInvented(_ json: JSON) throws(DirectoryUnavailable) {
    if let mark = invented(json) { throw DirectoryUnavailable("the answer is invented: it says \(mark)") }
  }

  private static func invented(_ json: JSON) -> String? {
    ["_fallback", "isDemo"].first { mark in json[mark].map { $0 != false && $0 != .null } ?? false }
  }

  private static func relationship(_ row: JSON) throws(DirectoryUnavailable) -> Relationship {
    guard let citizen1 = row["citizen1"]?.string, let citizen2 = row["citizen2"]?.string else {
      throw DirectoryUnavailable("a relationship has another form")
    }
    let scores = ["trustScore", "strengthScore"].map { row[$0] ?? .null }
    guard scores.allSatisfy({ $0 == .null || $0.number != nil }) else {
      throw DirectoryUnavailable("a score between \(citizen1) and \(citizen2) is no number")
    }
    try refuseInvented(row)
    do throws(GraphError) {
      return try Relationship(
        citizen1, citizen2, trust: scores[0].number, strength: scores[1].number,
        lastInteraction: row["lastInteraction"]?.string ?? "")
    } catch {
      throw DirectoryUnavailable("the relationship between \(citizen1) and \(citizen2) is refused: \(error.message)")
    }
  }
}
