internal import Testing
internal import TrustGraph

struct RelationshipTableTests {
  static let header = "citizen1,citizen2,trustScore,strengthScore,lastInteraction\n"

  @Test func `quoted names keep commas, quotes and line breaks`() throws {
    let text = Self.header + "\"a,\"\"b\"\"\nc\",d,,7,2025\r\n"
    let rows = try RelationshipTable.relationships(parsing: text.utf8)
    #expect(rows == [try Relationship("a,\"b\"\nc", "d", trust: nil, strength: 7, lastInteraction: "2025")])
    #expect(GraphExport(TrustSnapshot(rows), as: .gexf).text.contains("a,&quot;b&quot;&#10;c"))
  }

  @Test(arguments: ["nan", "NaN", "inf", "0x10", "100.01", "-1", "1e999", " 5"])
  func `a score off the scale names its line`(_ score: String) {
    let text = Self.header + "a,b,1,,\na,c,\(score),,\n"
    let error = #expect(throws: GraphError.self) { try RelationshipTable.relationships(parsing: text.utf8) }
    #expect(error?.line == 3)
  }

  @Test func `a missing column and a short row are refused`() {
    for (text, line) in [("citizen1,citizen2\n", 1), (Self.header + "a,b\n", 2), ("", 1)] {
      let error = #expect(throws: GraphError.self) { try RelationshipTable.relationships(parsing: text.utf8) }
      #expect(error?.line == line)
    }
  }
}
