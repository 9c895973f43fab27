/// Numbers in ascending order, stored in pieces, so that a copy shares all pieces except the changed one.
struct SortedTrusts: Sendable {
  private static let piece = 512
  /// The pieces; none is empty.
  private var pieces: [[Double]] = []

  /// The number of elements. O(pieces).
  var count: Int { pieces.reduce(0) { $0 + $1.count } }

  /// All elements, ascending. O(count).
  var elements: [Double] { pieces.flatMap { $0 } }

  /// Adds a number. O(piece + pieces).
  mutating func insert(_ value: Double) {
    let index = min(firstPiece { $0 >= value }, pieces.count - 1)
    guard index >= 0 else {
      pieces = [[value]]
      return
    }
    pieces[index].insert(value, at: pieces[index].count(atMost: value))
    if pieces[index].count > Self.piece {
      let half = pieces[index].count / 2
      pieces.insert(Array(pieces[index][half...]), at: index + 1)
      pieces[index].removeSubrange(half...)
    }
  }

  /// Removes a number; false when it isn't present. O(piece + pieces).
  mutating func remove(_ value: Double) -> Bool {
    let index = firstPiece { $0 >= value }
    guard index < pieces.count else { return false }
    let place = pieces[index].count(atMost: value) - 1
    guard place >= 0, pieces[index][place] == value else { return false }
    pieces[index].remove(at: place)
    if pieces[index].isEmpty { pieces.remove(at: index) }
    return true
  }

  /// The number of elements at most `value`. O(pieces + log piece).
  func count(atMost value: Double) -> Int {
    var count = 0
    for piece in pieces {
      if let last = piece.last, last <= value {
        count += piece.count
      } else {
        return count + piece.count(atMost: value)
      }
    }
    return count
  }

  /// The smallest element that satisfies `isEnough`, which must be monotonic; nil without one. O(log count) tests.
  func first(where isEnough: (Double) -> Bool) -> Double? {
    let index = firstPiece(where: isEnough)
    return index < pieces.count ? pieces[index].first(from: isEnough) : nil
  }

  private func firstPiece(where isEnough: (Double) -> Bool) -> Int {
    pieces.partition { $0.last.map(isEnough) ?? true }
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element satisfies `isEnough`, which must be monotonic; the end index without one. O(log
  /// count).
  func partition(_ isEnough: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isEnough(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The first element that satisfies `isEnough`, which must be monotonic; nil without one. O(log count).
  func first(from isEnough: (Element) -> Bool) -> Element? {
    let index = partition(isEnough)
    return index < endIndex ? self[index] : nil
  }
}

extension [Double] {
  /// The number of elements at most `value` in an ascending array. O(log count).
  func count(atMost value: Double) -> Int { partition { $0 > value } }
}
