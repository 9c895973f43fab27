/// Numbers in ascending order, in pieces, so that a copy shares all pieces but the one that changes.
struct SortedTrusts: Sendable {
  private static let piece = 512
  /// None is empty.
  private var pieces: [[Double]] = []

  /// How many there are. O(pieces).
  var count: Int { pieces.reduce(0) { $0 + $1.count } }

  /// All of them. O(count).
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

  /// Takes a number away; false when it isn't there. O(piece + pieces).
  mutating func remove(_ value: Double) -> Bool {
    let index = firstPiece { $0 >= value }
    guard index < pieces.count else { return false }
    let place = pieces[index].count(atMost: value) - 1
    guard place >= 0, pieces[index][place] == value else { return false }
    pieces[index].remove(at: place)
    if pieces[index].isEmpty { pieces.remove(at: index) }
    return true
  }

  /// How many are at most `value`. O(pieces + log piece).
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

  /// The smallest for which `isEnough` holds, when it holds for all above one for which it does. O(log count) tests.
  func first(where isEnough: (Double) -> Bool) -> Double? {
    let index = firstPiece(where: isEnough)
    return index < pieces.count ? pieces[index].first(from: isEnough) : nil
  }

  private func firstPiece(where isEnough: (Double) -> Bool) -> Int {
    pieces.partition { $0.last.map(isEnough) ?? true }
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element fulfils what all after it fulfil too; the end when none does. O(log count).
  func partition(_ isEnough: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isEnough(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The element at that index. O(log count).
  func first(from isEnough: (Element) -> Bool) -> Element? {
    let index = partition(isEnough)
    return index < endIndex ? self[index] : nil
  }
}

extension [Double] {
  /// How many elements of an ascending array are at most `value`. O(log count).
  func count(atMost value: Double) -> Int { partition { $0 > value } }
}
