/// Many short texts in one block of bytes; index 0 is the empty text.
struct TextPool: Sendable {
  private var bytes: [UInt8] = []
  /// The end of each text: text `n` ends before `ends[n]`.
  private var ends = [0]

  /// The number of texts.
  var count: Int { ends.count }

  /// Adds a text and returns its index. O(text).
  mutating func append(_ text: String) -> Int {
    if text.isEmpty { return 0 }
    bytes.append(contentsOf: text.utf8)
    ends.append(bytes.count)
    return ends.count - 1
  }

  /// Adds a text from another pool and returns its index here. O(text).
  mutating func append(_ place: Int, of pool: TextPool) -> Int {
    if place == 0 { return 0 }
    bytes.append(contentsOf: pool.utf8(place))
    ends.append(bytes.count)
    return ends.count - 1
  }

  /// The text at an index. O(text).
  subscript(place: Int) -> String { String(decoding: utf8(place), as: UTF8.self) }

  /// Whether the text at one index precedes that at another, bytewise. O(text).
  func isBefore(_ left: Int, _ right: Int) -> Bool { utf8(left).lexicographicallyPrecedes(utf8(right)) }

  private func utf8(_ place: Int) -> ArraySlice<UInt8> { bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]] }
}
