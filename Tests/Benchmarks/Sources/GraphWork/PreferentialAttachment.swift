internal import TrustGraph

/// A random graph by preferential attachment (Barabási and Albert 1999), as a table of relationships.
struct PreferentialAttachment {
  /// Citizens in all.
  var citizens: Int
  /// Relationships that each newcomer begins with.
  var links: Int
  /// The same seed gives the same table.
  var seed: UInt64

  /// The table, row by row: scores of two decimals, one trust in ten not recorded. O(citizens · links).
  func write(to output: (String) -> Void) {
    var generator = SeededGenerator(seed: seed)
    // Every end of every link: a draw from it finds a citizen as often as they have links.
    var ends = Array(0...links)
    output(RelationshipTable.columns.joined(separator: ",") + "\n")
    for newcomer in (links + 1)..<citizens {
      var known: [Int] = []
      while known.count < links {
        let other = ends[generator.next(below: ends.count)]
        if !known.contains(other) { known.append(other) }
      }
      for other in known {
        ends.append(other)
        ends.append(newcomer)
        output(row(newcomer, other, &generator))
      }
    }
  }

  private func row(_ first: Int, _ second: Int, _ generator: inout SeededGenerator) -> String {
    func score() -> String {
      let (whole, part) = (generator.next(below: 100), generator.next(below: 100))
      return part < 10 ? "\(whole).0\(part)" : "\(whole).\(part)"
    }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let trust = generator.next(below: 10) == 0 ? "" : score()
    let strength = score()
    let (month, day) = (1 + generator.next(below: 12), 1 + generator.next(below: 28))
    return "citizen\(first),citizen\(second),\(trust),\(strength),2025-\(two(month))-\(two(day))T12:00:00Z\n"
  }
}
