import Foundation
import TestSupport
import Testing

@testable import Rulebook

@Suite struct MistakeTests {
  private static let snapshot = Checkout.url.appending(path: "Tests/Unit/RulebookTests/Snapshots/mistakes.txt")

  @Test func `the rulebook without a mistake has none`() {
    #expect(Mistake("none", "fees", "fees").told == "")
  }

  /// `CASCADE_RECORD=1` writes the messages anew, never in CI.
  @Test func `every usual mistake is told in these words`() throws {
    var text = ""
    for mistake in Mistakes.all {
      #expect(Mistake.files[mistake.file]?.contains(mistake.right) ?? mistake.right.isEmpty, "\(mistake.name)")
      text += "\(mistake.name)\n  \(mistake.told.replacing("\n", with: "\n  "))\n"
    }
    let environment = ProcessInfo.processInfo.environment
    if environment["CASCADE_RECORD"] == "1" && environment["CI"] == nil {
      try Data(text.utf8).write(to: Self.snapshot)
    }
    let recorded = try String(contentsOf: Self.snapshot, encoding: .utf8)
    #expect(text.split(separator: "\n") == recorded.split(separator: "\n"))
  }

  /// Two points for a message that names the file, the line, what is wrong and what to do, one for one that lacks what
  /// to do, each as the table expects it of the mistake.
  @Test func `each message says where, what, and what to do, in the words that the table expects`() throws {
    let expectations = try Expectation.all()
    #expect(expectations.map(\.mistake) == Mistakes.all.map(\.name))
    var points = 0
    for (mistake, expectation) in zip(Mistakes.all, expectations) {
      let told = mistake.told
      let scored = expectation.points(told)
      #expect(scored == (expectation.advice.isEmpty ? 1 : 2), "\(mistake.name): \(told)")
      points += scored
    }
    #expect(expectations.count >= 80)
    #expect(expectations.count { $0.advice.isEmpty } * 10 <= expectations.count)
    // 150 of 160, were they 80.
    #expect(points * 160 >= 150 * 2 * expectations.count)
  }

  @Test(arguments: [
    ("plugins/shop/plugin.lua:2: no 'x'; write y", 2), ("plugins/shop/plugin.lua:2: no 'x'; leave it", 1),
    ("plugins/shop/plugin.lua:3: no 'x'; write y", 0), ("plugins/shop/plugin.lua:2: write y", 0),
    ("plugins/shop/plugin.lua: no 'x'; write y", 0), ("plugins/shop/plugin.lua:2: write y; no 'x'", 1), ("", 0),
  ])
  func `a message without its place, or without what is wrong, is worth nothing`(told: String, points: Int) {
    let expectation = Expectation(
      mistake: "m", place: "plugins/shop/plugin.lua:2", fault: "no 'x'", advice: "write y")
    #expect(expectation.points(told) == points)
  }
}

/// What a message must say of a mistake. The table is Snapshots/mistakes-expected.tsv, which nothing writes.
private struct Expectation {
  var mistake: String
  /// The file and the line.
  var place: String
  /// What is wrong.
  var fault: String
  /// What to do; empty where nobody can know.
  var advice: String

  /// The rows of the table behind its head.
  static func all() throws -> [Expectation] {
    let file = Checkout.url.appending(path: "Tests/Unit/RulebookTests/Snapshots/mistakes-expected.tsv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
    return try lines.map { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
      try #require(columns.count == 4, "\(line)")
      return Expectation(mistake: columns[0], place: columns[1], fault: columns[2], advice: columns[3])
    }
  }

  /// 2, 1 or 0 for what somebody was told.
  func points(_ told: String) -> Int {
    guard told.hasPrefix(place + ": ") else { return 0 }
    let text = told.dropFirst(place.count + 2)
    guard let found = text.range(of: fault) else { return 0 }
    return !advice.isEmpty && text[found.upperBound...].contains(advice) ? 2 : 1
  }
}
