internal import Foundation
internal import FoundationXML
internal import Testing
internal import TrustGraph

/// The graph as text, read back by what others read it with.
struct GraphExportTests {
  static let oddNames = [
    "anna", "a,b", "say \"hi\"", "line\nbreak", "tab\there", "<tag> & 'co'", "Zoë", "Zoe\u{308}", "名前", "🜁",
    "\"\u{301}",
    "=1+1", " space ", "]]>", "cr\rlf", "\u{202E}rtl",
  ]

  private static func oddGraph() throws -> TrustSnapshot {
    let rows = try oddNames.indices.dropFirst().map { place in
      try Relationship(
        oddNames[place - 1], oddNames[place], trust: place % 3 == 0 ? nil : 0.1 * Double(place) + 1e-7,
        strength: Double(place), lastInteraction: place % 2 == 0 ? "" : "2025-06-01T12:00:00Z & <\(place)>")
    }
    return TrustSnapshot(rows, citizens: ["alone, by \"choice\""])
  }

  private static func same(_ left: [String], _ right: [String]) -> Bool {
    left.map { Array($0.utf8) } == right.map { Array($0.utf8) }
  }

  @Test func `CSV comes back as the same graph, also with odd names`() throws {
    let graph = try Self.oddGraph()
    let read = TrustSnapshot(
      try RelationshipTable.relationships(parsing: GraphExport(graph, as: .csv).text.utf8))
    #expect(Self.same(read.names.sorted(), graph.names.sorted()))
    #expect(read.nodeCount == graph.nodeCount && read.edgeCount == graph.edgeCount)
    for row in graph.relationships {
      let back = try #require(read.relationship(row.citizen1, row.citizen2))
      #expect(back.trust == row.trust && back.strength == row.strength && back.lastInteraction == row.lastInteraction)
    }
  }

  @Test(arguments: 1...20)
  func `CSV of a random graph comes back bit by bit`(_ seed: UInt64) throws {
    print("seed \(seed)")
    let graph = try RandomGraph(seed: seed).snapshot
    let text = GraphExport(graph, as: .csv).text
    let read = TrustSnapshot(try RelationshipTable.relationships(parsing: text.utf8), citizens: graph.names)
    #expect(read.relationships == graph.relationships)
    #expect(GraphExport(read, as: .csv).text == text)
  }

  @Test func `GraphML holds every citizen and relationship`() throws {
    let graph = try Self.oddGraph()
    let reader = try XMLReader(GraphExport(graph, as: .graphml).text)
    #expect(reader.root == "graphml")
    let nodes = reader.elements.filter { $0.name == "node" }
    #expect(Self.same(nodes.map { $0.data["name"] ?? "" }, graph.names))
    let edges = reader.elements.filter { $0.name == "edge" }
    #expect(edges.count == graph.edgeCount)
    let names = Dictionary(uniqueKeysWithValues: nodes.map { ($0.attributes["id"] ?? "", $0.data["name"] ?? "") })
    for edge in edges {
      let ends = ["source", "target"].map { names[edge.attributes[$0] ?? ""] ?? "" }
      let row = try #require(graph.relationship(ends[0], ends[1]))
      #expect(edge.data["trust"].flatMap(Double.init) == row.trust)
      #expect(edge.data["strength"].flatMap(Double.init) == row.strength)
      #expect((edge.data["last"] ?? "") == row.lastInteraction)
    }
  }

  @Test func `GEXF holds every citizen and relationship`() throws {
    let graph = try Self.oddGraph()
    let reader = try XMLReader(GraphExport(graph, as: .gexf).text)
    #expect(reader.root == "gexf")
    let nodes = reader.elements.filter { $0.name == "node" }
    #expect(Self.same(nodes.map { $0.attributes["label"] ?? "" }, graph.names))
    let edges = reader.elements.filter { $0.name == "edge" }
    #expect(Set(edges.compactMap { $0.attributes["id"] }).count == graph.edgeCount)
    for edge in edges {
      let ends = ["source", "target"].compactMap { edge.attributes[$0].flatMap { Int($0) } }
      let row = try #require(graph.relationship(graph.name(of: ends[0]), graph.name(of: ends[1])))
      #expect(edge.attributes["weight"].flatMap(Double.init) == row.trust)
      #expect(edge.data["strength"].flatMap(Double.init) == row.strength)
      #expect((edge.data["last"] ?? "") == row.lastInteraction)
    }
  }

  @Test func `what XML can't hold is replaced, so that the file can be read`() throws {
    let graph = TrustSnapshot([try Relationship("bell\u{7}", "nul\u{0}\u{FFFF}", trust: 1)])
    for format in [GraphExport.Format.graphml, .gexf] {
      let text = GraphExport(graph, as: format).text
      _ = try XMLReader(text)
      #expect(text.contains("bell\u{FFFD}") && text.contains("nul\u{FFFD}\u{FFFD}"))
    }
  }

  @Test(arguments: GraphExport.Format.allCases)
  func `a long text comes in pieces, an empty graph in one`(format: GraphExport.Format) throws {
    let graph = TrustSnapshot(try (0..<20_000).map { try Relationship("hub", "leaf\($0)", trust: 80) })
    let pieces = Array(GraphExport(graph, as: format))
    #expect(pieces.count > 3)
    #expect(pieces.dropLast().allSatisfy { (1 << 16..<1 << 17).contains($0.utf8.count) })
    #expect(pieces.joined() == GraphExport(graph, as: format).text)
    #expect(Array(GraphExport(TrustSnapshot(), as: format)).count == 1)
  }
}

/// The elements of an XML document in order, with the text of their `data` and the values of their `attvalue`.
private final class XMLReader: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var data: [String: String] = [:]
  }

  var root = ""
  var elements: [Element] = []
  private var key: String?

  init(_ text: String) throws {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    if root.isEmpty { root = name }
    switch name {
    case "data": key = attributes["key"]
    case "attvalue": elements[elements.count - 1].data[attributes["for"] ?? ""] = attributes["value"]
    default: elements.append(Element(name: name, attributes: attributes))
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if let key { elements[elements.count - 1].data[key, default: ""] += text }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "data" { key = nil }
    // What comes inside an edge belongs to it, not to the last element that began in it.
    if name == "attvalues", let edge = elements.lastIndex(where: { $0.name == "edge" }) {
      elements[edge].data.merge(elements[elements.count - 1].data) { $1 }
    }
  }
}
