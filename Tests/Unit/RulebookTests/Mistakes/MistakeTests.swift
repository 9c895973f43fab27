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
      #expect((Mistake.files[mistake.file] ?? "").contains(mistake.right), "\(mistake.name)")
      text += "\(mistake.name)\n  \(mistake.told.replacing("\n", with: "\n  "))\n"
    }
    let environment = ProcessInfo.processInfo.environment
    if environment["CASCADE_RECORD"] == "1" && environment["CI"] == nil {
      try Data(text.utf8).write(to: Self.snapshot)
    }
    let recorded = try String(contentsOf: Self.snapshot, encoding: .utf8)
    #expect(text.split(separator: "\n") == recorded.split(separator: "\n"))
  }

  /// Two points for a message with its place that says what to do, one for a place and what is wrong.
  @Test func `nine of ten messages say where, what, and what to do`() {
    let points = Mistakes.all.map { mistake -> Int in
      let told = mistake.told
      guard told.contains(/^(plugins|policies)\/[^:]+\.lua:\d+: ./) else { return 0 }
      return told.contains(/; |did you mean|write |must be|call it|takes|refusal is|'noun.verb'|never a float/) ? 2 : 1
    }
    #expect(points.count >= 80)
    #expect(!points.contains(0))
    #expect(points.count { $0 == 2 } * 10 >= points.count * 9)
    // 150 of 160, were they 80.
    #expect(points.reduce(0, +) * 160 >= 150 * 2 * points.count)
  }
}
