import Core
import Foundation
import TestSupport
import Testing

@testable import Rulebook

/// The shipped specs notice when the shipped rules are wrong.
@Suite struct ShippedMutantTests {
  private static func rulebook() throws -> CheckedRulebook {
    try RulebookLoader.load(directory: Checkout.directory, runSpecs: false)
  }

  private static func known(_ rulebook: CheckedRulebook) throws -> KnownSurvivors {
    try KnownSurvivors(directory: Checkout.directory, folders: rulebook.plugins.map(\.name) + ["library"])
  }

  /// A change of the tests' own in a rule that moves money.
  struct Wrong: Sendable, CustomStringConvertible {
    var file: String
    var right: String
    var wrong: String
    var description: String { "\(file): \(wrong)" }
  }

  static let wrongs = [
    ("treasury/plugin.lua", "to = rules.citizen_account(payment.citizen)", "to = rules.citizen_account(\"mallory\")"),
    (
      "treasury/plugin.lua", "amount = payment.amount,\n        reference",
      "amount = payment.amount + payment.amount,\n        reference"
    ),
    ("treasury/plugin.lua", "post_all(payments, host)\n        return", "return"),
    ("sprint/plugin.lua", "to = input.payee", "to = \"mallory\""),
    (
      "sprint/plugin.lua", "amount = input.amount,\n    reference",
      "amount = input.amount + input.amount,\n    reference"
    ),
    ("sprint/plugin.lua", "to = account_of(input.sprint, envelope.name)", "to = account_of(input.sprint, \"mallory\")"),
    ("sprint/plugin.lua", "host.ledger.post {", "local _ = {"),
    ("bridge/sale.lua", "{ from = today, to = payable, amount = lifted },", ""),
    (
      "bridge/sale.lua", "local payable = accounts.payable_prefix .. sale.citizen",
      "local payable = accounts.payable_prefix .. \"mallory\""
    ),
    ("bridge/sale.lua", "amount = sale.amount,\n    }", "amount = sale.amount + sale.amount,\n    }"),
    (
      "payments/booking.lua", "local citizen = rules.citizen_account(order.citizen)",
      "local citizen = rules.citizen_account(\"mallory\")"
    ),
    ("payments/plugin.lua", "amount = share.amount, code", "amount = share.amount + share.amount, code"),
    ("payments/plugin.lua", "host.ledger.settle { hold = hold }", ""),
    ("payments/plugin.lua", "host.ledger.void { hold = hold }", ""),
    ("payments/booking.lua", "amount = charge - taken", "amount = charge"),
  ].map { Wrong(file: "plugins/" + $0.0, right: $0.1, wrong: $0.2) }

  @Test(arguments: wrongs)
  func `another receiver, twice the amount and a posting less fail a spec`(wrong: Wrong) throws {
    let rulebook = try Self.rulebook()
    let source = String(decoding: try #require(rulebook.snapshot.files[ExactText(wrong.file)]), as: UTF8.self)
    let range = try #require(source.range(of: wrong.right))
    let start = source.utf8.distance(from: source.startIndex, to: range.lowerBound)
    let mutant = Mutant(
      file: wrong.file, line: 1, column: 1, before: wrong.right, after: wrong.wrong, text: "",
      range: start..<(start + wrong.right.utf8.count))
    #expect(MutantRunner(rulebook: rulebook).run(mutant).fate == .found)
  }

  @Test func `every explained survivor is a mutant of the shipped rules, and they are few`() throws {
    let rulebook = try Self.rulebook()
    let mutants = MutantRunner(rulebook: rulebook).mutants
    let titles = Set(mutants.map(\.title))
    let entries = try Self.known(rulebook).entries
    for entry in entries { #expect(titles.contains(entry.title), "\(entry.place): \(entry.title)") }
    let explained = Set(entries.map(\.title))
    #expect(mutants.count { explained.contains($0.title) } * 20 < mutants.count)
  }

  /// The same ones each time. `CASCADE_MUTANTS` runs so many, and CASCADE_SEED picks others; `make mutants` runs all.
  @Test func `a sample of the other mutants is found`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["CASCADE_MUTANTS"].flatMap { Int($0) } ?? 24
    var state = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? 1618
    print("CASCADE_SEED=\(state)")
    let rulebook = try Self.rulebook()
    let known = try Self.known(rulebook)
    let runner = MutantRunner(rulebook: rulebook)
    let others = runner.mutants.filter { known.reason(for: $0) == nil }
    #expect(others.count > 1500)
    for _ in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let mutant = others[Int(state >> 33) % others.count]
      let result = await LoadingThread.run { runner.run(mutant) }
      #expect(result.fate != .survived, "\(mutant.title)")
    }
  }
}
