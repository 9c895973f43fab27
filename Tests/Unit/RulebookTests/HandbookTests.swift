import Core
import TestSupport
import Testing

@testable import Rulebook

@Suite struct HandbookTests {
  private static func handbook() async throws -> Handbook {
    try await LoadingThread.run {
      Result { try Handbook(RulebookLoader.load(directory: Checkout.directory, runSpecs: false)) }
    }.get()
  }

  @Test func `the shipped rulebook is a handbook of decisions, refusals and numbers with their comments`() async throws
  {
    let text = try await Self.handbook().markdown
    for line in [
      "## treasury 1.0.0", "### treasury.redistribute",
      "Shares out a day's part of the treasury and pays the fixed salaries.",
      "| citizens | list of { social\\_class: text; username: account } |  |", "| treasury\\_short |  |",
      "It asks the host for ledger.balance, ledger.post. It may take money from treasury. "
        + "It may give money to citizen:\\* only. Only operators may ask for it.",
      "## Numbers: fees", "Who may change this: The council of citizens",
      "| fee | 0.025 | Share of the gross, taken in the destination currency and rounded up. |",
      "| envelopes.1.budget | 150000.00 DUC/2 | Six engineers. |",
    ] {
      #expect(text.localizedLowercaseHolds(line), "\(line)")
    }
  }

  @Test func `nothing of a rulebook is markup of the page`() throws {
    let plugin = """
      return { name = "shop", version = "1.0.0", decisions = { ["shop.sell"] = {
        summary = "<script>alert(1)</script> | *bold*", input = { x = { type = "string", description = "a & b" } },
        output = {}, decide = function() return {} end,
      } } }
      """
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: ["plugins/shop/plugin.lua": Array(plugin.utf8)]), runSpecs: false)
    let handbook = try Handbook(rulebook)
    #expect(handbook.html.contains("<p>&lt;script&gt;alert(1)&lt;/script&gt; | *bold*</p>"))
    #expect(handbook.html.contains("<td>a &amp; b</td>"))
    #expect(handbook.markdown.contains("\\<script\\>alert(1)\\</script\\> \\| \\*bold\\*"))
  }

  @Test func `a field says what it takes in words`() {
    var field = FieldSchema(.amount)
    field.bounds.asset = Asset("USD/2")
    field.bounds.least = 100
    field.isOptional = true
    #expect(field.words == "amount in USD/2, at least 1.00 USD/2, may be left out")
    var list = FieldSchema(.list(FieldSchema(.integer(minimum: 0, maximum: nil))))
    list.bounds.most = 3
    list.defaultValue = [:]
    #expect(list.words == "list of whole number, at least 0, at most 3 entries, [] when left out")
    #expect(FieldSchema(.anyOf([FieldSchema(.date), FieldSchema(.numbers([1, 2]))])).words == "day, or one of 1, 2")
  }
}

extension String {
  /// Whether it holds `text`, in capitals or not.
  fileprivate func localizedLowercaseHolds(_ text: String) -> Bool { lowercased().contains(text.lowercased()) }
}
