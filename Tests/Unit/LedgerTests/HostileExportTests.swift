internal import Core
internal import Foundation
internal import HostileTexts
internal import Ledger
internal import StoreConformance
internal import Testing

/// The ledger as text for other programs, with references and pairs that want to break it.
struct HostileExportTests {
  static let texts = (HostileTexts.all + HostileTexts.mixed(seed: 5, count: 80)).filter { $0.utf8.count <= 200 }

  private func text(_ format: LedgerExport.Format, _ references: [String]) async throws -> String {
    let store = MemoryLedgerStore(time: ManualTime().source)
    for (number, reference) in references.enumerated() {
      var event = LedgerEvent.posted(
        id(UInt64(number + 1)), from: account("world"), to: account("-a:b"), ducats(1), reference: reference,
        metadata: reference.isEmpty ? [:] : [ExactText("k" + reference): reference])
      event.code = reference
      try same(try await store.send(event).refusal, nil)
    }
    var export = LedgerExport(format, accounts: try await store.allAccounts())
    var text = export.header
    try await store.forEachEntry { text += export.take($0) }
    return text + export.finish()
  }

  @Test func `CSV has one record for each entry, runs nothing, and gives the texts back`() async throws {
    let rows = Self.records(try await text(.csv, Self.texts))
    #expect(rows.count == Self.texts.count + 1)
    for (row, reference) in zip(rows.dropFirst(), Self.texts) {
      #expect(row.count == 17)
      #expect(CommaSeparatedText.text(ofField: row[13]).isSame(as: reference))
      #expect(CommaSeparatedText.text(ofField: row[12]).isSame(as: reference))
      #expect(row[5] == "'-a:b")
      for field in row { #expect(!(field.utf8.first.map { "=+-@\t\r\n".utf8.contains($0) } ?? false), "\(field)") }
      if !reference.isEmpty {
        #expect(try JSON(parsing: row[15])["k" + reference] == .string(reference))
      }
    }
  }

  @Test(arguments: texts) func `a journal of hledger has its own lines only`(reference: String) async throws {
    let lines = try await text(.hledger, [reference]).byteLines
    #expect(lines.count == (try await text(.hledger, ["plain"])).byteLines.count)
    #expect(!lines.contains { $0.unicodeScalars.contains(where: VisibleText.isControl) })
    #expect(lines.count { $0.begins(with: "account ") } == 2 && lines.count { $0.begins(with: "2") } == 1)
  }

  @Test(arguments: texts) func `a ledger of beancount has its own lines only`(reference: String) async throws {
    let lines = try await text(.beancount, [reference]).byteLines
    #expect(lines.count == (try await text(.beancount, ["plain"])).byteLines.count)
    #expect(!lines.contains { $0.unicodeScalars.contains(where: VisibleText.isControl) })
    // Each quote that isn't escaped opens or closes.
    for line in lines {
      var (quotes, isEscaped) = (0, false)
      for byte in line.utf8 {
        if byte == UInt8(ascii: "\""), !isEscaped { quotes += 1 }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      }
      #expect(quotes.isMultiple(of: 2))
    }
  }

  @Test func `an entry of any time has a day`() {
    for nanoseconds in [Int64.min, -1, 0, .max] {
      var entry = Entry(
        sequence: 1, timestamp: nanoseconds, kind: .posted, id: id(1), postings: [], reference: "", idempotencyKey: "")
      entry.metadata = [:]
      let stored = StoredEntry(sealing: entry, after: [UInt8](repeating: 0, count: 32), balances: [])
      var export = LedgerExport(.hledger, accounts: [])
      _ = export.take(stored)
      #expect(!export.finish().isEmpty)
    }
  }

  /// Records of RFC 4180, split by bytes.
  private static func records(_ text: String) -> [[String]] {
    var (records, fields, field, isQuoted) = ([[String]](), [String](), [UInt8](), false)
    let bytes = Array(text.utf8)
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\"") where isQuoted && place < bytes.count && bytes[place] == byte:
        field.append(byte)
        place += 1
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted, UInt8(ascii: "\n") where !isQuoted:
        if byte == UInt8(ascii: "\n"), field.last == UInt8(ascii: "\r") { field.removeLast() }
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
        if byte == UInt8(ascii: "\n") {
          records.append(fields)
          fields = []
        }
      default: field.append(byte)
      }
    }
    return records
  }
}
