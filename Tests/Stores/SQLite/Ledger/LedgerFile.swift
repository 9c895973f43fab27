internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite

/// The one file of a closed ledger with something in each of its tables, and bits in it to flip.
struct LedgerFile {
  let path: String
  let good: Data
  private static let pageSize = 4_096

  /// A ledger in `directory` of some twenty pages, all of it in its file.
  init(in directory: String) async throws {
    path = "\(directory)/ledger.sqlite"
    let store = try SQLiteLedgerStore(directory: directory)
    try await store.fund("alice", 100_000)
    for number in UInt64(1)...40 {
      let other = account("other:\(number % 20)")
      var reversal = LedgerEvent.posted(id(300 + number), from: other, to: account("alice"), ducats(1))
      (reversal.kind, reversal.reverses) = (.reversal, id(number))
      _ = try await store.send(
        .posted(id(number), from: account("alice"), to: other, ducats(10), metadata: ["why": "gift \(number)"]),
        .pending(id(100 + number), from: account("alice"), to: other, ducats(Int64(number))),
        .posted(id(200 + number), from: other, to: account("alice"), ducats(1_000_000)), reversal,
        number % 3 == 0 ? .void(id(400 + number), id(100 + number)) : .post(id(400 + number), id(99 + number)))
      // Some of them on pages of their own.
      let note = String(repeating: "n", count: number % 10 == 0 ? 6_000 : 60)
      _ = try await store.commit([], record: record(500 + number, note: note))
    }
    await store.close()
    let connection = try DatabaseQueue(path: path)
    _ = try await connection.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    try connection.close()
    good = try Data(contentsOf: URL(filePath: path))
  }

  /// How many pages it has.
  var pages: Int { good.count / Self.pageSize }

  /// A place that means something, on page 1 for a third of them.
  func place(_ number: Int, _ generator: inout SeededGenerator) -> (offset: Int, bit: UInt8) {
    while true {
      let bound = number.isMultiple(of: 3) ? Self.pageSize : good.count
      let offset = Int.random(in: 0..<bound, using: &generator)
      if !holdsNothing(offset) { return (offset, UInt8.random(in: 0..<8, using: &generator)) }
    }
  }

  /// Puts the file in its place with one bit flipped, or none.
  func write(flipping place: (offset: Int, bit: UInt8)? = nil) throws {
    var bytes = good
    if let place { bytes[place.offset] ^= 1 << place.bit }
    for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
    try bytes.write(to: URL(filePath: path))
  }

  /// All rows of all tables, each value with its type.
  func content() throws -> [[Row]] {
    let tables = [
      "sqlite_master", "grdb_migrations", "ledger", "entries", "refusals", "accounts", "open_holds", "records",
      "attachments", "tree",
    ]
    let connection = try DatabaseQueue(path: path)
    defer { try? connection.close() }
    return try connection.read { database in
      try tables.map { try Row.fetchAll(database, sql: "SELECT * FROM \($0)") }
    }
  }

  /// Whether a byte lies in what a page of a table or index leaves free; see "Database File Format", 1.6.
  private func holdsNothing(_ offset: Int) -> Bool {
    let page = offset / Self.pageSize * Self.pageSize
    let header = page == 0 ? 100 : page
    func number(_ at: Int) -> Int { Int(good[at]) << 8 | Int(good[at + 1]) }
    guard [2, 5, 10, 13].contains(good[header]), offset >= header else { return false }
    let pointers = header + (good[header] < 8 ? 12 : 8) + 2 * number(header + 3)
    let content = number(header + 5) == 0 ? Self.pageSize : number(header + 5)
    if (pointers..<page + content).contains(offset) { return true }
    var block = number(header + 1)
    while block != 0 {
      if (block + 4..<block + number(page + block + 2)).contains(offset - page) { return true }
      block = number(page + block)
    }
    return false
  }
}
