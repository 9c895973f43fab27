internal import Core
internal import Cryptography

/// The tree of hashes of RFC 6962, section 2.1, over a ledger's entries in their order. A leaf's data are an entry's
/// canonical bytes.
///
/// What is kept of it are the nodes whose leaves are all there, which never change: with each entry those that it
/// completes. A root and a proof for any size are made of O(log n) of them.
package enum MerkleTree {
  /// The root of a tree without leaves: SHA-256 of nothing.
  package static let emptyRoot = SHA256.hash([])

  /// The hash of the leaf with these data. O(bytes).
  package static func leaf(_ data: [UInt8]) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update([0])
    hasher.update(data)
    return hasher.finish()
  }

  /// The hash of the node above two others.
  package static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update([1])
    hasher.update(left)
    hasher.update(right)
    return hasher.finish()
  }

  /// A node with all its leaves: of 2^`level` leaves the one at `index`, from 0.
  package struct Place: Sendable, Hashable {
    /// How far it is above the leaves, which are at 0.
    package var level: Int
    /// How many nodes of its level are left of it.
    package var index: Int64

    /// The node at `index` among those of `level`.
    package init(level: Int, index: Int64) {
      self.level = level
      self.index = index
    }

    /// The sequence of the entry that completes it.
    package var sequence: Int64 { (index + 1) << Int64(level) }
  }

  /// Some leaves one after the other, from the leaf `start` on, that a node of a tree is over.
  package struct Span: Sendable, Equatable {
    /// The first leaf, from 0.
    package var start: Int64
    /// How many there are; 0 for the node over nothing.
    package var count: Int64

    /// The `count` leaves from `start` on.
    package init(start: Int64, count: Int64) {
      self.start = start
      self.count = count
    }

    /// The complete nodes of which the one over them is made, from the left. O(log count).
    package var places: [Place] {
      var (places, start, rest) = ([Place](), start, count)
      while rest > 0 {
        let level = Int64.bitWidth - 1 - rest.leadingZeroBitCount
        places.append(Place(level: level, index: start >> Int64(level)))
        start += 1 << Int64(level)
        rest -= 1 << Int64(level)
      }
      return places
    }
  }

  /// The nodes that prove the leaf at `index` in a tree of `size` leaves, from the lowest to the highest (RFC 6962,
  /// section 2.1.1); none when there is no such leaf. O(log size).
  package static func path(of index: Int64, in size: Int64) -> [Span] {
    guard index >= 0, index < size else { return [] }
    var path: [Span] = []
    var whole = Span(start: 0, count: size)
    while whole.count > 1 {
      // The largest power of two below the count.
      let left = Int64(1) << Int64(Int64.bitWidth - 1 - (whole.count - 1).leadingZeroBitCount)
      let isLeft = index < whole.start + left
      let (first, second) = (
        Span(start: whole.start, count: left), Span(start: whole.start + left, count: whole.count - left)
      )
      path.append(isLeft ? second : first)
      whole = isLeft ? first : second
    }
    return path.reversed()
  }

  /// The node over complete ones, from the left; the root of an empty tree for none. O(nodes).
  package static func root(over nodes: some BidirectionalCollection<[UInt8]>) -> [UInt8] {
    guard var hash = nodes.last else { return emptyRoot }
    for left in nodes.dropLast().reversed() { hash = node(left, hash) }
    return hash
  }
}
