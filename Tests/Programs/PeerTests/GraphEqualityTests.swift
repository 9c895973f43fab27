import Core
import Foundation
import PeerTesting
import Testing
import TrustGraph

/// The trust graph's figures are those of networkx and igraph, on random graphs of many kinds.
@Suite(.needsPeers)
struct GraphEqualityTests {
  /// Graphs of each family; `CASCADE_GRAPHS` asks for more.
  static let rounds = ProcessInfo.processInfo.environment["CASCADE_GRAPHS"].flatMap { Int($0) } ?? 250

  @Test(arguments: RandomGraph.Family.allCases)
  func `small graphs measure the same`(family: RandomGraph.Family) throws {
    let peer = try GraphPeer()
    for seed in 1...UInt64(Self.rounds) {
      var generator = SeededGenerator(seed: seed)
      let graph = try RandomGraph(family, size: 24, &generator)
      let snapshot = Self.snapshot(graph, &generator)
      try expectEqual(snapshot, peer.measure(snapshot.names, graph.rows), "\(family.rawValue), seed \(seed)")
    }
  }

  @Test(arguments: [RandomGraph.Family.erdosRenyi, .preferentialAttachment, .star, .disconnected])
  func `larger graphs measure the same`(family: RandomGraph.Family) throws {
    let peer = try GraphPeer()
    for seed in 1...UInt64(4) {
      var generator = SeededGenerator(seed: seed)
      let graph = try RandomGraph(family, size: 220, &generator)
      let snapshot = Self.snapshot(graph, &generator)
      try expectEqual(snapshot, peer.measure(snapshot.names, graph.rows), "\(family.rawValue), seed \(seed)")
    }
  }

  @Test(arguments: RandomGraph.Family.allCases)
  func `an exported graph is read back whole`(family: RandomGraph.Family) throws {
    let peer = try GraphPeer()
    for seed in 1...UInt64(8) {
      var generator = SeededGenerator(seed: seed)
      let graph = try RandomGraph(family, size: 24, &generator)
      try expectReadBack(Self.snapshot(graph, &generator), peer, "\(family.rawValue), seed \(seed)")
    }
  }

  @Test func `names with odd characters are read back from an export`() throws {
    let names = [
      "<a & \"b\">", "it's", "Zoë", "Zoe\u{308}", "🜁", " leading", "tab\tline\nreturn\r.", "]]>", "&amp;", "--",
      "\u{85}",
      "\u{7F}",
    ]
    let rows = try names.dropFirst().map { try Relationship(names[0], $0, trust: 0.1 + 0.2, strength: 1e-7) }
    try expectReadBack(TrustSnapshot(rows, citizens: names), GraphPeer(), "odd names")
  }

  /// The same graph by one of three ways: at once, row after row, or with rows that came and went between.
  private static func snapshot(_ graph: RandomGraph, _ generator: inout SeededGenerator) -> TrustSnapshot {
    switch generator.next(below: 3) {
    case 0: return TrustSnapshot(graph.rows, citizens: graph.names)
    case 1: return graph.rows.reduce(TrustSnapshot([], citizens: graph.names)) { $0.applying([$1]) }
    default:
      let half = TrustSnapshot(graph.rows.prefix(graph.rows.count / 2), citizens: graph.names)
      let gone = half.removing(half.relationships.map { ($0.citizen1, $0.citizen2) })
      return gone.applying(graph.rows)
    }
  }

  private func expectEqual(
    _ snapshot: TrustSnapshot, _ measured: [GraphPeer.Library: GraphPeer.Measured], _ what: String
  ) throws {
    let nodes = 0..<snapshot.nodeCount
    let ranks = snapshot.pageRank(
      damping: GraphPeer.damping, tolerance: 1e-12, rounds: 1000, neutral: GraphPeer.neutral)
    let network = snapshot.network(neutral: GraphPeer.neutral)
    let clustering = try nodes.map { try Self.clustering(snapshot, $0) }
    for (library, peer) in measured {
      let what: Comment = "\(what), \(library.rawValue)"
      #expect(snapshot.edgeCount == peer.edges, what)
      #expect(nodes.map(snapshot.degree(of:)) == peer.degrees, what)
      #expect(nodes.map(snapshot.triangleCount(of:)) == peer.triangles, what)
      #expect(snapshot.components() == peer.components, what)
      #expect(snapshot.coreNumbers() == peer.cores, what)
      #expect(snapshot.median(neutral: GraphPeer.neutral) == peer.median, what)
      #expect(Self.difference([network["transitivity"]?.number ?? .nan], [peer.transitivity]) < 1e-9, what)
      #expect(Self.difference(ranks, peer.ranks) < 1e-9, what)
      #expect(Self.difference(clustering, peer.clustering) < 1e-9, what)
    }
  }

  /// The weighted clustering of a node (2·Σ strengths / k(k − 1), as the measurement has it), in a window wide enough
  /// for every neighbour.
  private static func clustering(_ snapshot: TrustSnapshot, _ node: Int) throws -> Double {
    let options = try MetricsOptions(
      window: GraphQueryLimits.windowNodes, neutral: GraphPeer.neutral, crystalMean: 70, top: 4)
    let metrics = try snapshot.metrics(of: snapshot.name(of: node), options)
    let pairs = Double(metrics.degree * (metrics.degree - 1))
    return pairs > 0 ? 2 * metrics.triangleStrengthSum / pairs : 0
  }

  /// The largest difference; infinite when the lists are not alike.
  private static func difference(_ ours: [Double], _ theirs: [Double]) -> Double {
    guard ours.count == theirs.count else { return .infinity }
    return zip(ours, theirs).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
  }

  private func expectReadBack(_ snapshot: TrustSnapshot, _ peer: GraphPeer, _ what: Comment) throws {
    let names = snapshot.names.map { Array($0.utf8) }
    let edges = Set(
      snapshot.relationships.map {
        GraphPeer.Read.Edge(
          names: [Array($0.citizen1.utf8), Array($0.citizen2.utf8)], trust: $0.trust, strength: $0.strength)
      })
    let graphML = try peer.read("graphml", GraphExport(snapshot, as: .graphml).text)
    #expect(graphML.names == names, what)
    #expect(graphML.edges == edges, what)
    let gexf = try peer.read("gexf", GraphExport(snapshot, as: .gexf).text)
    #expect(gexf.names == names, what)
    #expect(gexf.edges == edges, what)
  }
}
