import Citizens
import Core
import Testing
import TrustGraph

@testable import Venice

/// The traps of Venice's API that concern relationships, answer by answer.
struct VeniceRelationshipTests {
  private static func response(_ json: JSON, _ status: Int = 200) -> VeniceResponse {
    VeniceResponse(status: status, body: json.bytes)
  }

  private static func row(_ changes: [(name: String, value: JSON)] = []) -> JSON {
    var row = JSON.Object([
      ("id", "r1"), ("citizen1", "anna"), ("citizen2", "bruno"), ("strengthScore", 12), ("trustScore", .double(99.94)),
      ("lastInteraction", "2025-06-01T12:00:00Z"), ("title", "Allies"), ("status", "Active"),
    ])
    for change in changes { row[change.name] = change.value }
    return .object(row)
  }

  private static func list(_ rows: [JSON], _ members: [(name: String, value: JSON)] = []) -> VeniceResponse {
    var body = JSON.Object([("success", true), ("relationships", .array(rows))])
    for member in members { body.append(member.name, member.value) }
    return response(.object(body))
  }

  private static func pair(_ row: JSON, status: Int = 200, success: JSON = true) -> VeniceResponse {
    response(["success": success, "relationship": row], status)
  }

  @Test func `what is left out is not recorded, and what else there is means nothing`() throws {
    let bare: JSON = ["citizen1": "anna", "citizen2": "bruno"]
    let nulls = Self.row([("trustScore", .null), ("strengthScore", .null), ("lastInteraction", .null)])
    for row in [bare, nulls] {
      let read = try VeniceAnswer.relationship(Self.pair(row), between: "anna", and: "bruno")
      #expect(read == (try Relationship("anna", "bruno", trust: nil, strength: 0)))
      #expect(try VeniceAnswer.relationships(Self.list([row])).relationships == [read])
    }
    let whole = try VeniceAnswer.relationships(Self.list([Self.row()])).relationships.first
    #expect(
      whole
        == (try Relationship("anna", "bruno", trust: 99.94, strength: 12, lastInteraction: "2025-06-01T12:00:00Z")))
  }

  @Test func `as many as are ever told, or more, mean that there may be others`() throws {
    for count in [0, 1, 99, 100, 101, 250] {
      let rows = (0..<count).map { Self.row([("citizen2", .string("c\($0)"))]) }
      let list = try VeniceAnswer.relationships(Self.list(rows))
      #expect(list.relationships.count == count)
      #expect(list.isTruncated == (count >= 100))
    }
    // A hundred rows are a hundred, also when they say the same.
    #expect(try VeniceAnswer.relationships(Self.list([JSON](repeating: Self.row(), count: 100))).isTruncated)
  }

  @Test(arguments: ["_fallback", "isDemo"])
  func `an invented relationship is none, wherever it says so`(mark: String) throws {
    let invented = Self.row([(mark, true)])
    #expect(throws: DirectoryUnavailable.self) { try VeniceAnswer.relationships(Self.list([Self.row(), invented])) }
    #expect(throws: DirectoryUnavailable.self) { try VeniceAnswer.relationships(Self.list([], [(mark, true)])) }
    #expect(throws: DirectoryUnavailable.self) {
      try VeniceAnswer.relationship(Self.pair(invented), between: "anna", and: "bruno")
    }
    // Said to be no such thing, it is real.
    let real = Self.row([(mark, false)])
    #expect(try VeniceAnswer.relationships(Self.list([real], [(mark, false)])).relationships.count == 1)
  }

  @Test func `no relationship is nil, by 404 and by null; a failure is none of them`() throws {
    for response in [
      Self.pair(.null), Self.response(["success": true]), Self.response(["success": false, "error": "none"], 404),
    ] {
      #expect(try VeniceAnswer.relationship(response, between: "anna", and: "bruno") == nil)
    }
    for response in [
      Self.pair(.null, success: false), Self.response(["success": false, "error": "bad"], 400),
      Self.response(["success": false, "error": "down"], 500), Self.pair(Self.row(), status: 404),
      VeniceResponse(status: 200, body: Array("<html>".utf8)), Self.response([], 200), Self.response("x", 200),
    ] {
      #expect(throws: DirectoryUnavailable.self) {
        try VeniceAnswer.relationship(response, between: "anna", and: "bruno")
      }
    }
  }

  @Test func `a list that failed is not an empty list`() throws {
    for response in [
      Self.response(["success": false, "error": "down"], 500), Self.response(["success": false, "error": "bad"], 400),
      Self.response(["success": false, "relationships": []]), Self.response(["success": true]),
      Self.response(["success": true, "relationships": .null]), Self.response(["success": true, "relationships": [:]]),
      Self.response(["success": true, "relationships": []], 404),
    ] {
      #expect(throws: DirectoryUnavailable.self) { try VeniceAnswer.relationships(response) }
    }
  }

  @Test func `a row that can't be taken is named by its citizens`() throws {
    for change: (name: String, value: JSON) in [
      ("trustScore", "99"), ("trustScore", 101), ("trustScore", -1), ("strengthScore", true),
      ("strengthScore", .double(100.5)), ("lastInteraction", .string(String(repeating: "9", count: 65))),
    ] {
      let error = #expect(throws: DirectoryUnavailable.self) {
        try VeniceAnswer.relationships(Self.list([Self.row(), Self.row([change])]))
      }
      #expect(error?.reason.contains("anna and bruno") == true, "\(change.name)")
    }
    for change: (name: String, value: JSON) in [("citizen1", .null), ("citizen2", 7), ("citizen1", "")] {
      #expect(throws: DirectoryUnavailable.self) { try VeniceAnswer.relationships(Self.list([Self.row([change])])) }
    }
  }

  @Test func `the two of an answer must be the two of the question, in either order`() throws {
    #expect(try VeniceAnswer.relationship(Self.pair(Self.row()), between: "bruno", and: "anna") != nil)
    for (first, second) in [("anna", "carla"), ("anna", "Bruno"), ("anna", "anna")] {
      #expect(throws: DirectoryUnavailable.self) {
        try VeniceAnswer.relationship(Self.pair(Self.row()), between: first, and: second)
      }
    }
  }
}
