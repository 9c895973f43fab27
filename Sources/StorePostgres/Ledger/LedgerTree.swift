internal import Core
internal import Ledger

/// The tree over the entries: a row for what each second one completes, and the rest in the head.
enum LedgerTree {
  /// Adds the entries with these canonical bytes to the tree; what writes the rows for what they complete, nil for
  /// nothing. O(bytes).
  static func insert(_ entries: [[UInt8]], into tree: inout MerkleFrontier) -> PostgresQuery? {
    var (sequences, nodes) = ([PostgresValue](), [[UInt8]]())
    for bytes in entries {
      let completed = tree.append(MerkleTree.leaf(bytes))
      if completed.isEmpty { continue }
      sequences.append(.integer(tree.size))
      nodes.append(completed)
    }
    return nodes.isEmpty ? nil : LedgerStatements.insertTree.with(.array(.integer, sequences), .blobs(nodes))
  }

  /// What asks for what these entries complete, answered by ``PostgresRows/treeNodes()``.
  static func nodes(completedBy sequences: [Int64]) -> PostgresQuery {
    LedgerQueries.treeNodes.with(
      .array(.integer, sequences.prefix(LedgerLimits.pageRows).map { PostgresValue.integer($0) }))
  }

  /// Adds the entries that an earlier version wrote, a page and a transaction at a time. O(entries). Throws `corrupt`
  /// when one is missing.
  static func complete(_ connection: PostgresConnection) throws {
    while true {
      _ = try connection.run(PostgresStatement.begin.with())
      do {
        let head = try HeadRow(connection.run(LedgerStatements.lock.with()).first)
        var tree = head.tree
        let isWhole = tree.size == head.head.sequence
        if !isWhole {
          try add(through: head.head.sequence, to: &tree, connection)
          _ = try connection.run(LedgerStatements.updateTree.with(.bytes(tree.bytes)))
        }
        _ = try connection.run(PostgresStatement.commit.with())
        if isWhole { return }
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  /// Adds a page of the entries through `last` that the tree lacks, within a transaction.
  static func add(through last: Int64, to tree: inout MerkleFrontier, _ connection: PostgresConnection) throws {
    let page = min(Int64(LedgerLimits.pageRows), last - tree.size)
    let rows = try connection.run(LedgerQueries.rowsAfter.with(.integer(tree.size), .integer(page))).all.map {
      try LedgerRow($0)
    }
    for (place, row) in rows.enumerated() where row.sequence != tree.size + Int64(place) + 1 {
      throw StoreError(.corrupt, "entry \(tree.size + Int64(place) + 1) is missing; run 'cascade ledger verify'")
    }
    if rows.count != Int(page) { throw StoreError(.corrupt, "the ledger ends before its head; verify it") }
    if let rows = insert(rows.map(\.canonicalBytes), into: &tree) { _ = try connection.run(rows) }
  }
}

extension PostgresRows {
  /// What entries complete, by their sequences.
  func treeNodes() -> [Int64: [UInt8]] {
    var found: [Int64: [UInt8]] = [:]
    for row in all { if let sequence = row.integer(0) { found[sequence] = row.bytes(1) } }
    return found
  }
}
