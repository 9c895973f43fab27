import Core
import PeerTesting
import Testing
import TrustGraph

/// networkx and igraph, asked through `Tests/Peers/graphs.py`.
final class GraphPeer {
  /// The libraries, by the names that the script gives them.
  enum Library: String, CaseIterable, Sendable { case networkx, igraph }

  /// A graph as a peer measured it; every list by node.
  struct Measured {
    var edges: Int
    var degrees: [Int]
    var triangles: [Int]
    var components: [Int]
    var cores: [Int]
    /// The sum of a node's triangle strengths over its pairs of neighbours.
    var clustering: [Double]
    var transitivity: Double
    var ranks: [Double]
    var median: Double?
  }

  /// A graph as a peer read it. Names are bytes: Swift holds texts equal that differ in them.
  struct Read: Equatable {
    struct Edge: Hashable {
      var names: Set<[UInt8]>
      var trust: Double?
      var strength: Double?
    }

    var names: [[UInt8]]
    var edges: Set<Edge>
  }

  static let damping = 0.85
  static let neutral = 50.0

  private let process: PeerProcess

  init() throws { process = try PeerProcess([Peers.script("graphs.py")]) }

  /// What each library makes of these rows, loops and repeated pairs included.
  func measure(_ names: [String], _ rows: [Relationship]) throws -> [Library: Measured] {
    let rows = rows.map { row -> JSON in
      [
        .string(row.citizen1), .string(row.citizen2), row.trust.map { .double($0) } ?? .null, .double(row.strength),
        .string(row.lastInteraction),
      ]
    }
    let answer = try ask([
      "ask": "measure", "names": .array(names.map { .string($0) }), "rows": .array(rows),
      "neutral": .double(Self.neutral), "damping": .double(Self.damping),
    ])
    return try Dictionary(
      uniqueKeysWithValues: Library.allCases.map { ($0, try Self.measured(#require(answer[$0.rawValue]))) })
  }

  /// What networkx reads from an exported graph.
  func read(_ format: String, _ text: String) throws -> Read {
    let answer = try ask(["ask": .string(format), "text": .string(text)])
    let edges = try #require(answer["edges"]?.array).map { edge in
      let parts = try #require(edge.array)
      return Read.Edge(
        names: Set(parts[..<2].compactMap(Self.bytes)), trust: parts[2].number, strength: parts[3].number)
    }
    let set = Set(edges)
    try #require(set.count == edges.count)
    return Read(names: try #require(answer["names"]?.array).compactMap(Self.bytes), edges: set)
  }

  private static func bytes(_ json: JSON) -> [UInt8]? { json.string.map { Array($0.utf8) } }

  private func ask(_ question: JSON) throws -> JSON { try JSON(parsing: process.ask(question.text)) }

  private static func measured(_ json: JSON) throws -> Measured {
    func numbers(_ name: String) throws -> [Double] { try #require(json[name]?.array).compactMap(\.number) }
    func integers(_ name: String) throws -> [Int] {
      try #require(json[name]?.array).compactMap { $0.integer.map { Int($0) } }
    }
    return Measured(
      edges: Int(try #require(json["edges"]?.integer)), degrees: try integers("degrees"),
      triangles: try integers("triangles"), components: try integers("components"), cores: try integers("cores"),
      clustering: try numbers("clustering"), transitivity: try #require(json["transitivity"]?.number),
      ranks: try numbers("ranks"), median: json["median"]?.number)
  }
}
