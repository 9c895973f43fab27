internal import Foundation
internal import Ledger
internal import TestSupport
internal import Testing

struct RefusalTableTests {
  @Test func `the article's table has every reason of the ledger, in order, and says which are for ever`() throws {
    let article = Checkout.url.appending(path: "Sources/cascade/Documentation.docc/Ledger.md")
    let text = try String(contentsOf: article, encoding: .utf8)
    let section = try #require(text.firstRange(of: "\n## Why the ledger refuses\n"))
    let end = text[section.upperBound...].firstRange(of: "\n## ")?.lowerBound ?? text.endIndex
    let rows = text[section.upperBound..<end].split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(rows.map { $0[0] } == RefusalReason.allCases.map { "`\($0.rawValue)`" })
    #expect(rows.map { $0[2] == "yes" } == RefusalReason.allCases.map(\.isRemembered))
    #expect(rows.allSatisfy { !$0[1].isEmpty })
  }
}
