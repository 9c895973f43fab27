import TrustGraph

/// A random graph as rows of data: some pairs twice or thrice, some loops, some trusts unrecorded, some 0.
struct RandomGraph {
  /// How the pairs are chosen.
  enum Family: String, CaseIterable, Sendable {
    case erdosRenyi, preferentialAttachment, clique, star, ring, bipartite, empty, disconnected
  }

  let names: [String]
  private(set) var rows: [Relationship] = []

  /// A graph of 0 to `size` citizens that replays from the generator's seed.
  init(_ family: Family, size: Int, _ generator: inout SeededGenerator) throws {
    let count = generator.next(below: size + 1)
    names = (0..<count).map { "c\($0)" }
    let trustless = generator.next(below: 8) == 0
    for (one, other) in Self.pairs(family, 0..<count, &generator) {
      for _ in 0...(generator.next(below: 8) / 6) {
        let isTurned = generator.next(below: 2) == 0
        rows.append(try Self.row(isTurned ? other : one, isTurned ? one : other, trustless, &generator))
      }
      if generator.next(below: 20) == 0 { rows.append(try Self.row(one, one, trustless, &generator)) }
    }
    rows.shuffle(using: &generator)
  }

  private static func row(
    _ one: Int, _ other: Int, _ trustless: Bool, _ generator: inout SeededGenerator
  ) throws -> Relationship {
    let recorded = Double(generator.next(below: 10_001)) / 100
    let trust: Double? = trustless ? 0 : generator.next(below: 6) == 0 ? nil : recorded
    return try Relationship(
      "c\(one)", "c\(other)", trust: trust, strength: Double(generator.next(below: 101)),
      lastInteraction: generator.next(below: 4) == 0 ? "" : "2025-01-0\(generator.next(below: 9))")
  }

  private static func pairs(
    _ family: Family, _ nodes: Range<Int>, _ generator: inout SeededGenerator
  ) -> [(Int, Int)] {
    let count = nodes.count
    guard count > 1 else { return [] }
    let all = nodes.flatMap { one in (one + 1..<max(one + 1, nodes.upperBound)).map { (one, $0) } }
    switch family {
    case .empty: return []
    case .clique: return all
    case .star: return nodes.dropFirst().map { (nodes.lowerBound, $0) }
    case .ring: return nodes.map { ($0, $0 + 1 < nodes.upperBound ? $0 + 1 : nodes.lowerBound) }.filter { $0.0 != $0.1 }
    case .bipartite: return all.filter { ($0 + $1) % 2 == 1 && generator.next(below: 3) > 0 }
    case .erdosRenyi:
      let percent = generator.next(below: 101)
      return all.filter { _ in generator.next(below: 100) < percent }
    case .preferentialAttachment: return attached(nodes, each: 1 + generator.next(below: 4), &generator)
    case .disconnected:
      // Parts of any other family, and nodes between them that stay alone.
      var pairs: [(Int, Int)] = []
      var start = nodes.lowerBound
      while start < nodes.upperBound {
        let end = min(nodes.upperBound, start + 1 + generator.next(below: 9))
        let families: [Family] = [.erdosRenyi, .preferentialAttachment, .clique, .star, .ring, .empty]
        pairs += Self.pairs(families[generator.next(below: families.count)], start..<end, &generator)
        start = end
      }
      return pairs
    }
  }

  /// Each node binds itself to `each` ends of earlier edges (Barabási and Albert 1999).
  private static func attached(
    _ nodes: Range<Int>, each: Int, _ generator: inout SeededGenerator
  ) -> [(Int, Int)] {
    var pairs: [(Int, Int)] = []
    var ends = [nodes.lowerBound]
    for node in nodes.dropFirst() {
      let chosen = Set((0..<each).map { _ in ends[generator.next(below: ends.count)] }).sorted()
      for other in chosen {
        pairs.append((other, node))
        ends += [other, node]
      }
    }
    return pairs
  }
}
