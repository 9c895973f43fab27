internal import Core
internal import GRDB
internal import Ledger

// The tree over the entries, in a table of what each entry completes of it.

extension Database {
  /// Fills the empty table for all entries that are there. O(entries), with O(log entries) of memory beside SQLite's.
  /// Throws `corrupt` at an entry that is missing.
  func buildTree() throws {
    var tree = MerkleFrontier()
    let insert = try TreeStatement(self)
    try PlainStatement("SELECT sequence, canonical FROM entries ORDER BY sequence", in: self).forEach { row in
      if row.integer(0) != tree.size + 1 {
        throw StoreError(.corrupt, "entry \(tree.size + 1) is missing; run 'cascade ledger verify'")
      }
      try insert.write(row.bytes(1), into: &tree)
      return true
    }
  }

  /// The tree over the first `size` entries, which are all. O(log size). Throws `corrupt` when it lacks something.
  func tree(of size: Int64) throws -> MerkleFrontier {
    let places = MerkleTree.Span(start: 0, count: size).places
    let kept = try treeNodes(completedBy: places.filter { $0.level > 0 }.map(\.sequence))
    let peaks = try places.compactMap { place in
      place.level == 0 ? try leaf(place.sequence) : kept[place.sequence]?.node(at: place.level)
    }
    guard let tree = MerkleFrontier(size: size, peaks: peaks) else {
      throw StoreError(.corrupt, "the tree over the entries isn't whole; run 'cascade ledger verify'")
    }
    return tree
  }

  private func leaf(_ sequence: Int64) throws -> [UInt8]? {
    let statement = try PlainStatement("SELECT canonical FROM entries WHERE sequence = ?", in: self)
    statement.bind(1, sequence)
    return try statement.first { MerkleTree.leaf($0.bytes(0)) }
  }

  /// What these entries complete; nothing in a file that no host has opened since there is a tree.
  func treeNodes(completedBy sequences: [Int64]) throws -> [Int64: [UInt8]] {
    if try !LedgerSchema.hasTree(self) { return [:] }
    let statement = try PlainStatement("SELECT nodes FROM tree WHERE sequence = ?", in: self)
    var found: [Int64: [UInt8]] = [:]
    for sequence in sequences.prefix(LedgerLimits.pageRows) {
      statement.bind(1, sequence)
      found[sequence] = try statement.first { $0.bytes(0) }
    }
    return found
  }
}

/// What writes the tree's table.
struct TreeStatement {
  private let insert: PlainStatement

  init(_ database: Database) throws {
    insert = try PlainStatement("INSERT INTO tree (sequence, nodes) VALUES (?, ?)", in: database)
  }

  /// Adds the entry with these canonical bytes to the tree, and a row for what it completes. O(bytes).
  func write(_ canonicalBytes: [UInt8], into tree: inout MerkleFrontier) throws {
    let nodes = tree.append(MerkleTree.leaf(canonicalBytes))
    if nodes.isEmpty { return }
    insert.bind(1, tree.size)
    insert.bind(2, nodes)
    try insert.run()
  }
}
