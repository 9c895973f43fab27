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

  @Test func `a table gives the same rows in pieces of any size`() throws {
    let text =
      "\u{FEFF}note," + Self.header
      + "\"x\n\",\"a,\"\"b\"\"\",d,99.5,7,2025\r\n\n,é,\"\"\"\",,,\r\n,a,b,1e1,,"
    let bytes = Array(text.utf8)
    let whole = try RelationshipTable.relationships(parsing: bytes)
    #expect(whole.map(\.citizen1) == ["a,\"b\"", "é", "a"] && whole[1].citizen2 == "\"" && whole[2].trust == 10)
    for size in 1...bytes.count {
      var table = RelationshipTable()
      var rows: [Relationship] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        rows += try table.relationships(in: bytes[start..<min(start + size, bytes.count)], isLast: false)
      }
      rows += try table.relationships(in: [], isLast: true)
      #expect(rows == whole, "in pieces of \(size)")
    }
  }

  @Test func `a quoted field that does not end is refused where its row begins, before it is read whole`() throws {
    var table = RelationshipTable()
    _ = try table.relationships(in: (Self.header + "a,b,1,,\n\"c").utf8, isLast: false)
    let error = #expect(throws: GraphError.self) {
      for _ in 0..<1000 { _ = try table.relationships(in: String(repeating: "x\n", count: 512).utf8, isLast: false) }
    }
    #expect(error?.line == 3 && error?.code == .invalidFile)
    let short = #expect(throws: GraphError.self) {
      try RelationshipTable.relationships(parsing: (Self.header + "a,\"b,1,,\n\n").utf8)
    }
    #expect(short?.line == 2)
  }

  @Test func `a row more than a table may have is refused where it begins`() throws {
    let rows = Self.header + "a,b,1,,\na,c,1,,\n"
    var table = RelationshipTable(limit: 2)
    #expect(try table.relationships(in: rows.utf8, isLast: false).count == 2)
    let error = #expect(throws: GraphError.self) { try table.relationships(in: "\na,d,1,,".utf8, isLast: true) }
    #expect(error?.line == 5 && error?.code == .invalidFile)
  }
}
