/// As much of a ledger's tree as the next leaf needs: its complete nodes without one above them. O(log n) bytes.
package struct MerkleFrontier: Sendable, Equatable {
  /// How many leaves there are.
  package private(set) var size: Int64 = 0
  /// One for each bit of the size, the widest first.
  private var peaks: [[UInt8]] = []

  /// That of a tree without leaves.
  package init() {}

  /// That of a tree of `size` leaves; `peaks` are the nodes of ``MerkleTree/Span/places``, the widest first. Nil when
  /// they are not as many as such a tree has.
  package init?(size: Int64, peaks: [[UInt8]]) {
    guard size >= 0, peaks.count == size.nonzeroBitCount, peaks.allSatisfy({ $0.count == 32 }) else { return nil }
    self.size = size
    self.peaks = peaks
  }

  /// Adds a leaf with this hash. Returns the hashes of the nodes above leaves that are complete with it, one after the
  /// other, the lowest first. O(log n), O(1) on the average.
  package mutating func append(_ leaf: [UInt8]) -> [UInt8] {
    var (hash, completed) = (leaf, [UInt8]())
    for _ in 0..<(~size).trailingZeroBitCount {
      guard let left = peaks.popLast() else { break }
      hash = MerkleTree.node(left, hash)
      completed += hash
    }
    peaks.append(hash)
    size += 1
    return completed
  }

  /// The tree's root. O(log n).
  package var root: [UInt8] { MerkleTree.root(over: peaks) }
}

extension MerkleFrontier {
  /// The form in which a store keeps it: the size in eight bytes, then the nodes.
  package var bytes: [UInt8] {
    var out = ByteWriter()
    out.integer(UInt64(bitPattern: size))
    return out.bytes + peaks.joined()
  }

  /// Reads ``bytes`` back; nil for others, except for none at all, which stand for no leaves.
  package init?(_ bytes: [UInt8]) {
    if bytes.isEmpty {
      self.init()
      return
    }
    var reader = ByteReader(bytes)
    guard let size = reader.integer(UInt64.self).map(Int64.init(bitPattern:)) else { return nil }
    var peaks: [[UInt8]] = []
    while let peak = reader.take(32) { peaks.append(Array(peak)) }
    if !reader.isAtEnd { return nil }
    self.init(size: size, peaks: peaks)
  }
}
