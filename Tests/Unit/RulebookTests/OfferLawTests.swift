import Core
import Foundation
import LuaRuntime
import TestSupport
import Testing

@testable import Rulebook

/// No offer of the shipped rules is worth more than it costs, whatever numbers `policies/fees.lua` takes within its
/// bounds. Worth is reckoned here, exactly, and by nothing that the rules use.
@Suite struct OfferLawTests {
  /// `CASCADE_POLICIES` tries so many, and CASCADE_SEED others.
  @Test func `no offer is worth more than it costs, whatever numbers the policy takes within its bounds`() async throws
  {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["CASCADE_POLICIES"].flatMap { Int($0) } ?? 40
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(.max))
    print("CASCADE_SEED=\(seed)")
    let shipped = try RulebookLoader.load(directory: Checkout.directory, runSpecs: false)
    var (generator, suspended, made) = (DrawnNumbers(state: seed), 0, 0)
    for number in 0..<count {
      let policy = OfferPolicy.random(&generator)
      let runner = DecisionRunner(rulebook: try policy.rulebook(of: shipped))
      let told = runner.rulebook.doubts.filter { $0.code == .doubtfulPolicy }
      for package in policy.packages {
        let what = "policy \(number) of seed \(seed): \(package), rate \(policy.rate), fee \(policy.fee)"
        let isGift = policy.isGift(package.ducats, for: package.price)
        #expect(told.contains { $0.message.contains("'\(package.name)' is suspended") } == isGift, "\(what)")
        switch try OfferReply(runner, "bridge.purchase", ["package": .string(package.name), "level": 1]) {
        case .refused(let code):
          #expect(isGift && code == "offer_suspended", "\(what): \(code)")
          suspended += 1
        case .answer(let price, _):
          #expect(!isGift, "\(what)")
          #expect(try price.minor("ducats") == package.ducats, "\(what)")
          #expect(try price.minor("charge") == package.price, "\(what)")
          made += 1
        }
      }
      for _ in 0..<6 {
        try Self.checkFreeAmounts(runner, policy, &generator, "policy \(number) of seed \(seed): \(policy)")
      }
    }
    #expect(suspended > count / 2 && made > count / 2, "\(suspended) and \(made)")
  }

  /// Ducats of the buyer's choice, and quotes, at some level; and that a sale brings no more than was reckoned.
  private static func checkFreeAmounts(
    _ runner: DecisionRunner, _ policy: OfferPolicy, _ generator: inout DrawnNumbers, _ what: String
  ) throws {
    let level = JSON.double(Double(generator.pick([0, 1_000_000, generator.number(0...1_000_000)])) / 1e6)
    let minor = generator.number(100...generator.pick([200, 10_000, 100_000_000]))
    let (ducats, dollars) = (
      JSON.string(Amount(minor, try #require(Asset("DUC/2"))).description),
      JSON.string(Amount(minor, try #require(Asset("USD/2"))).description)
    )
    if let price = try OfferReply(runner, "bridge.purchase", ["amount": ducats, "level": level]).result {
      #expect(!policy.isGift(minor, for: try price.minor("charge")), "\(what), \(price.text)")
    }
    for (side, amount) in [("purchase", ducats), ("buy", dollars)] {
      let input: JSON = ["side": .string(side), "amount": amount, "level": level]
      guard let quote = try OfferReply(runner, "bridge.quote", input).result else { continue }
      let cost = side == "buy" ? minor : try quote.minor("charge")
      #expect(!policy.isGift(try quote.minor("net"), for: cost), "\(what), \(quote.text)")
    }
    let sale: JSON = ["side": "sell", "amount": ducats, "level": level]
    if let quote = try OfferReply(runner, "bridge.quote", sale).result {
      #expect(Int128(try quote.minor("net")) * 1_000_000_000_000 <= policy.worth(minor), "\(what), \(quote.text)")
    }
  }

  @Test(arguments: [
    ("policies/fees.lua", #"rate = "0.10""#, #"rate = "0.51""#, "rate 0.51 is outside its bounds"),
    ("policies/fees.lua", #"fee = "0.025""#, #"fee = "-0.025""#, "fee -0.025 is outside its bounds"),
    ("policies/treasury.lua", #"share = "0.40""#, #"share = "0.41""#, "the shares of the classes must make 1"),
    ("policies/sprint.lua", #"budget = "30000.00"#, #"budget = "-1.00"#, "budget of infrastructure -1.00 DUC/2"),
    ("policies/payments.lua", #"":bonus""#, #""""#, "bonus_suffix must be ':' and a name"),
  ])
  func `a rulebook isn't loaded with a number out of bounds`(
    file: String, old: String, new: String, says: String
  ) throws {
    var files = try RulebookLoader.read(directory: Checkout.directory).files
    let source = String(decoding: try #require(files[ExactText(file)]), as: UTF8.self)
    #expect(source.contains(old))
    files[ExactText(file)] = Array(source.replacing(old, with: new).utf8)
    let rejected = #expect(throws: RulebookRejected.self) {
      try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false, isPatient: true)
    }
    #expect(rejected?.errors.first?.message.contains("\(file): \(says)") == true, "\(String(describing: rejected))")
  }

  @Test func `check names the package that the rate suspends, at its line`() throws {
    var files = try RulebookLoader.read(directory: Checkout.directory).files
    let source = String(decoding: try #require(files["policies/fees.lua"]), as: UTF8.self)
    files["policies/fees.lua"] = Array(source.replacing(#"rate = "0.10""#, with: #"rate = "0.20""#).utf8)
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: files), runSpecs: false, review: .doubts, isPatient: true)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let noble = try #require(lines.firstIndex { $0.contains("noble = {") }) + 1
    let doubt = try #require(rulebook.doubts.first { $0.message.contains("'noble'") })
    #expect(doubt.file == "policies/fees.lua" && doubt.line == noble && doubt.code == .doubtfulPolicy)
    #expect(
      doubt.message
        == "policies/fees.lua:\(noble): the package 'noble' is suspended: its ducats sell for 975.00 USD/2 at a "
        + "rate of 0.20 and cost 500.00 USD/2; it is offered again when they don't")
    #expect(rulebook.doubts.count == 5)
  }

  @Test func `a plugin's doubts are a list of policy, key and message`() {
    for doubts in [
      "{ 1 }", "{ { policy = \"tiers\" } }", "\"all\"",
      "{ { policy = \"a\", key = \"b\", message = \"c\", more = 1 } }",
    ] {
      let source = RulebookSamples.tiers.replacing("version =", with: "doubts = \(doubts), version =")
      #expect(
        RulebookSamples.messages(["plugins/tiers/plugin.lua": source]).first?.contains("'doubts' must be a list of")
          == true,
        "\(doubts)")
    }
    let empty = RulebookSamples.tiers.replacing("version =", with: "doubts = {}, version =")
    #expect(RulebookSamples.messages(["plugins/tiers/plugin.lua": empty]) == [])
  }
}
