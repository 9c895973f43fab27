/// One end of a relationship in its citizen's row: 24 bytes without a reference, so that rows are copied as bytes.
struct Link: Sendable {
  private let node: Int32
  private let place: Int32
  /// NaN when not recorded.
  let trust: Double
  let strength: Double

  /// A link to the node `neighbour`, whose last interaction stands at `moment` of the snapshot's moments.
  init(neighbour: Int, trust: Double, strength: Double, moment: Int) {
    node = Int32(truncatingIfNeeded: neighbour)
    place = Int32(truncatingIfNeeded: moment)
    self.trust = trust
    self.strength = strength
  }

  /// The same relationship, seen from `neighbour`.
  init(_ link: Link, from neighbour: Int) {
    self.init(neighbour: neighbour, trust: link.trust, strength: link.strength, moment: link.moment)
  }

  /// The node at the other end.
  var neighbour: Int { Int(node) }

  /// Where the snapshot's moments hold `lastInteraction`.
  var moment: Int { Int(place) }

  /// The trust, or `neutral` where none is recorded.
  func trust(neutral: Double) -> Double { trust.isNaN ? neutral : trust }

  /// What windows are ordered by: strength and trust together.
  func closeness(neutral: Double) -> Double { strength + trust(neutral: neutral) }
}

extension RandomAccessCollection<Link> where Index == Int {
  /// Where a neighbour's link stands in a sorted row, or would stand. O(log row).
  func position(of neighbour: Int) -> Int {
    partition { $0.neighbour >= neighbour }
  }

  /// The link to a neighbour in a sorted row. O(log row).
  func link(to neighbour: Int) -> Link? {
    let position = position(of: neighbour)
    return position < endIndex && self[position].neighbour == neighbour ? self[position] : nil
  }
}
