package import TrustGraph

/// Small and large changes to bytes.
package struct Mutation: Sendable {
  private let words: [[UInt8]]

  /// Changes that also put in `words`: what the parsers at hand stumble over.
  package init(words: [String]) { self.words = words.map { Array($0.utf8) } }

  /// The bytes with one to four changes, at most `limit` of them. O(limit).
  package func changed(_ bytes: [UInt8], limit: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.next(below: 4) { change(&bytes, limit: limit, &generator) }
    return Array(bytes.prefix(limit))
  }

  private func change(_ bytes: inout [UInt8], limit: Int, _ generator: inout SeededGenerator) {
    let index = generator.next(below: bytes.count + 1)
    switch generator.next(below: 8) {
    case 0 where index < bytes.count: bytes[index] ^= 1 << UInt8(generator.next(below: 8))
    case 1 where index < bytes.count: bytes[index] = UInt8(generator.next(below: 256))
    case 2 where index < bytes.count: bytes.remove(at: index)
    case 3: bytes.insert(contentsOf: words[generator.next(below: words.count)], at: index)
    case 4 where generator.next(below: 4) == 0: bytes.removeSubrange(index...)
    case 5: bytes.removeSubrange(index..<min(bytes.count, index + generator.next(below: 16)))
    case 6:
      // A piece from elsewhere.
      let piece = bytes[index..<min(bytes.count, index + generator.next(below: 64))]
      bytes.insert(contentsOf: piece, at: generator.next(below: bytes.count + 1))
    case 7 where generator.next(below: 8) == 0:
      // A word or a piece over and over, up to the limit: deep nesting, long names, many members.
      var piece = words[generator.next(below: words.count)]
      if generator.next(below: 2) == 0 { piece = Array(bytes[index..<min(bytes.count, index + 24)]) }
      guard !piece.isEmpty else { return }
      let count = generator.next(below: max(1, (limit - min(limit, bytes.count)) / piece.count) + 1)
      bytes.insert(contentsOf: repeatElement(piece, count: count).joined(), at: index)
    default: bytes.insert(UInt8(generator.next(below: 256)), at: index)
    }
  }
}
