import Core
import Foundation
import PeerTesting
import TestSupport
import Testing

/// The console in Debian's Chromium, against a host with the shipped rules: one visit, whose parts are told one by one.
@Suite(.needsBrowser) struct ConsoleBrowserTests {
  @Test(arguments: [
    "signs_in_by_the_link", "opens_by_a_token_that_is_kept_nowhere", "shows_decisions_as_they_are_made",
    "opens_a_decision_by_keys_alone", "asks_what_if", "shows_a_typo_at_its_line", "completes_what_the_types_declare",
    "packs_a_draft_that_tar_unpacks", "raises_a_fee_and_lets_it_decide",
    "says_when_somebody_else_changed_the_rules", "shows_what_changed_and_goes_back", "follows_money_to_its_proof",
    "draws_a_citizens_trust", "tells_what_the_platform_knows_of_itself", "is_used_by_keys_alone",
    "scrolls_a_million_rows", "is_small_and_quick", "keeps_its_policy", "shows_markup_as_text",
    "rotates_a_key_and_revokes_a_token", "asked_nobody_else",
  ])
  func `the console does what people do in it`(_ name: String) async throws {
    try await expect(name)
  }

  @Test(arguments: ["now", "decision", "rules", "changes", "money", "trust", "self", "settings"])
  func `axe finds nothing in light, in dark and at 200 %`(_ page: String) async throws {
    for look in ["light", "dark", "at 200 %"] { try await expect("\(page) is accessible, \(look)") }
  }

  private func expect(_ name: String) async throws {
    let said = try await BrowserVisit.report.value
    guard let part = said.first(where: { $0["name"]?.string == name }) else {
      Issue.record("the visit ended before '\(name)'")
      return
    }
    #expect(part["ok"] == true, "\(part["problem"]?.string ?? "")")
  }
}

/// The one visit that all tests look at.
enum BrowserVisit {
  /// The browser that Debian's package brings.
  static let chromium = ProcessInfo.processInfo.environment["CASCADE_CHROMIUM"] ?? "/usr/bin/chromium"
  static let isThere = FileManager.default.isExecutableFile(atPath: chromium) && Peers.areInstalled

  /// What was tried, and what came of it; screenshots of each page are left in `.build/screenshots`.
  static let report: Task<[JSON], any Error> = Task.detached {
    let cascade = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "cascade").path
    let screenshots = Checkout.url.appending(path: ".build/screenshots").path
    let ended = try PeerProcess.run([Peers.script("console.py"), cascade, Checkout.url.path, screenshots])
    let lines = ended.text.split(separator: "\n").compactMap { try? JSON(parsing: Array($0.utf8)) }
    if ended.status != 0 { throw PeerFailure(description: ended.text) }
    return lines
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the tests, and says so, where there is no browser or nothing to drive it; in CI they run, and fail.
  fileprivate static var needsBrowser: Self {
    .enabled(
      if: BrowserVisit.isThere || Peers.areRequired,
      "there is no \(BrowserVisit.chromium), or no Python to drive it: `make packages-test packages-peers`")
  }
}
