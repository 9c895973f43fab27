/// One end of a relationship in its citizen's row.
struct Link: Sendable {
  /// The node at the other end.
  var neighbour: Int
  /// NaN when not recorded.
  var trust: Double
  var strength: Double
  var lastInteraction: String

  /// The trust, or `neutral` where none is recorded.
  func trust(neutral: Double) -> Double { trust.isNaN ? neutral : trust }

  /// What windows are ordered by: strength and trust together.
  func closeness(neutral: Double) -> Double { strength + trust(neutral: neutral) }
}

extension RandomAccessCollection<Link> where Index == Int {
  /// Where a neighbour's link stands in a sorted row, or would stand. O(log row).
  func position(of neighbour: Int) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if self[middle].neighbour < neighbour { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The link to a neighbour in a sorted row. O(log row).
  func link(to neighbour: Int) -> Link? {
    let position = position(of: neighbour)
    return position < endIndex && self[position].neighbour == neighbour ? self[position] : nil
  }
}
