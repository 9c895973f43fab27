internal import Core
internal import Foundation
internal import FoundationXML
internal import HostileTexts
internal import Testing
internal import TrustGraph

/// The graph as text for other programs, with names and times that want to break it.
struct HostileGraphExportTests {
  static let texts = (HostileTexts.all + HostileTexts.mixed(seed: 11, count: 60)).filter {
    (1...100).contains($0.utf8.count) && !$0.utf8.contains(0)
  }

  private static func graph(_ text: String) throws -> TrustSnapshot {
    let row = try Relationship(text, "other", trust: 12.5, strength: 3, lastInteraction: text)
    return TrustSnapshot([row], citizens: ["alone" + text])
  }

  @Test(arguments: texts) func `CSV gives the texts back, and runs nothing in a spreadsheet`(text: String) throws {
    let graph = try Self.graph(text)
    let export = GraphExport(graph, as: .csv).text
    let read = TrustSnapshot(try RelationshipTable.relationships(parsing: export.utf8))
    #expect(read.edgeCount == 1 && read.nodeCount == 3)
    let row = try #require(read.relationship(text, "other"))
    #expect(row.lastInteraction.isSame(as: text) && row.trust == 12.5 && row.strength == 3)
    #expect(read.node(of: "alone" + text) != nil)
    var isQuoted = false
    var isFirst = true
    for byte in export.utf8 {
      if isFirst, !isQuoted { #expect(!"=+-@".utf8.contains(byte), "\(export)") }
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      isFirst = !isQuoted && (byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n"))
    }
  }

  @Test(arguments: texts, [GraphExport.Format.graphml, .gexf])
  func `XML has three citizens and one relationship, whatever they are named`(
    text: String, format: GraphExport.Format
  ) throws {
    let parser = XMLParser(data: Data(GraphExport(try Self.graph(text), as: format).text.utf8))
    let counter = ElementCounter()
    parser.delegate = counter
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    #expect(counter.names.count { $0 == "node" } == 3 && counter.names.count { $0 == "edge" } == 1)
  }

  @Test func `names that look the same are two citizens in every format`() throws {
    let rows = [try Relationship("Jos\u{E9}", "Jose\u{301}", trust: 1)]
    for (format, sign) in [(GraphExport.Format.graphml, "<node "), (.gexf, "<node ")] {
      let lines = GraphExport(TrustSnapshot(rows), as: format).text.byteLines
      #expect(lines.count { $0.begins(with: sign) } == 2)
    }
    let csv = GraphExport(TrustSnapshot(rows), as: .csv).text
    let read = TrustSnapshot(try RelationshipTable.relationships(parsing: csv.utf8))
    #expect(read.nodeCount == 2 && read.edgeCount == 1)
  }
}

private final class ElementCounter: NSObject, XMLParserDelegate {
  var names: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) { names.append(name) }
}
