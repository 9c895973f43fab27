internal import Core
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

struct FileFlipTests {
  @Test func `whichever bit of the file flips, verify names it, and no reading and no writing crashes`() async throws {
    let seed = ProcessInfo.processInfo.environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    try await withDataDirectory { directory in
      let file = try await LedgerFile(in: directory)
      #expect(file.pages > 10)
      for number in 0..<flips {
        let place = file.place(number, &generator)
        try file.write(flipping: place)
        let isNamed = try await isNamed(directory)
        if !isNamed { #expect(try Self.meansNothing(place.offset, file), "\(place)") }
        if number.isMultiple(of: 4) { try await write(directory) }
      }
    }
  }

  /// All of them come in the long form.
  private var flips: Int { ProcessInfo.processInfo.environment["CASCADE_FAULTS"] == nil ? 300 : 5_000 }

  /// Whether any will do in the place of a byte. In the header those by which connections tell that the schema changed,
  /// and the version of SQLite that wrote last; elsewhere those without which all is as it was, such as the type of a
  /// column that is the row's number.
  private static func meansNothing(_ offset: Int, _ file: LedgerFile) throws -> Bool {
    if offset < 100 { return (40..<44).contains(offset) || (96..<100).contains(offset) }
    let flipped = try file.content()
    try file.write()
    return try flipped == file.content()
  }

  /// Reads all there is, which may fail; whether a verification names the damage.
  private func isNamed(_ directory: String) async throws -> Bool {
    do throws(StoreError) {
      let store = try SQLiteLedgerStore(reading: directory)
      let problem = try await store.verify(against: nil).problem
      do throws(StoreError) {
        _ = try await store.allAccounts().map { LedgerWire.json([$0]) }
        _ = try await store.accounts(named: account("world"))
        _ = try await store.openHolds()
        _ = try await store.records(before: nil, limit: 100)
        try await store.forEachEntry { _ in }
      } catch {}
      await store.close()
      return problem != nil
    } catch {
      return error.code == .corrupt || error.code == .io
    }
  }

  /// Writes what touches every table.
  private func write(_ directory: String) async throws {
    do throws(StoreError) {
      let store = try SQLiteLedgerStore(directory: directory)
      let chain = [
        LedgerEvent.posted(id(1_001), from: account("alice"), to: account("other:1"), ducats(10)),
        .pending(id(1_002), from: account("other:2"), to: account("other:3"), ducats(1)), .void(id(1_003), id(140)),
      ]
      do throws(StoreError) {
        _ = try await store.commit(chain, record: record(1_004, effects: [1_001, 1_002, 1_003]))
        _ = try await store.commit(
          Submission(
            [.event(.posted(id(1_005), from: account("other:4"), to: account("alice"), ducats(1_000_000)))],
            authority: .operator))
      } catch {}
      await store.close()
    } catch {}
  }
}
