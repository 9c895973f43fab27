/// One end of a relationship in a citizen's row: 24 bytes without a reference, so rows copy as bytes.
struct Link: Sendable {
  private let node: Int32
  private let place: Int32
  /// The trust; NaN when not recorded.
  let trust: Double
  let strength: Double

  /// A link to the node `neighbour`; `moment` is the index of its last interaction in the snapshot's moments.
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

  /// The index of `lastInteraction` in the snapshot's moments.
  var moment: Int { Int(place) }

  /// The recorded trust, or else `neutral`.
  func trust(neutral: Double) -> Double { trust.isNaN ? neutral : trust }

  /// The order of windows: strength plus trust.
  func closeness(neutral: Double) -> Double { strength + trust(neutral: neutral) }
}

extension RandomAccessCollection<Link> where Index == Int {
  /// The index of a neighbour's link in a sorted row, or the index where it belongs. O(log row).
  func position(of neighbour: Int) -> Int {
    partition { $0.neighbour >= neighbour }
  }

  /// The link to a neighbour in a sorted row; nil without one. O(log row).
  func link(to neighbour: Int) -> Link? {
    let position = position(of: neighbour)
    return position < endIndex && self[position].neighbour == neighbour ? self[position] : nil
  }
}
