import Core
import Foundation
import LuaRuntime
import TestSupport
import Testing

@testable import Rulebook

/// No offer of the shipped rules is worth more than it costs, whatever numbers `policies/fees.lua` takes within its
/// bounds. Worth is reckoned here, exactly, and by nothing that the rules use.
@Suite struct OfferLawTests {
  /// Numbers for the policy; shares in millionths, money in minor units.
  private struct Policy {
    struct Package {
      var name: String
      var price: Int64
      var ducats: Int64
      var bonus: Int64
    }

    var rate: Int64
    var fee: Int64
    var packages: [Package]

    /// Any numbers within the bounds; often at a bound, or where a package's price and worth are close.
    static func random(_ generator: inout Numbers) -> Policy {
      let rate = generator.pick([50_000, 500_000, 100_000, 102_564, generator.number(50_000...500_000)])
      let fee = generator.pick([0, 25_000, 1_000_000, generator.number(0...1_000_000), generator.number(0...100_000)])
      let packages = ["starter", "explorer", "trader", "merchant", "noble"].map { name in
        let ducats = generator.number(1...generator.pick([100, 10_000, 100_000_000]))
        let fair = ducats * rate / 1_000_000 * (1_000_000 - fee) / 1_000_000
        let price = generator.pick([fair, fair + generator.number(-2...2), generator.number(1...10_000_000)])
        return Package(name: name, price: max(1, price), ducats: ducats, bonus: generator.number(0...1_000_000))
      }
      return Policy(rate: rate, fee: fee, packages: packages)
    }

    /// What ducats are worth at this rate after the fee, in 10⁻¹² cents.
    func worth(_ ducats: Int64) -> Int128 { Int128(ducats) * Int128(rate) * Int128(1_000_000 - fee) }

    /// Whether ducats can be had for less than they are worth.
    func isGift(_ ducats: Int64, for cents: Int64) -> Bool { Int128(cents) * 1_000_000_000_000 < worth(ducats) }

    /// The shipped rulebook with these numbers in the place of its own.
    func rulebook(of shipped: CheckedRulebook) throws -> CheckedRulebook {
      var files = shipped.snapshot.files
      files["policies/before.lua"] = files["policies/fees.lua"]
      let offers = packages.map { package in
        "\(package.name) = { price = \"\(Self.text(package.price)) USD/2\", "
          + "ducats = \"\(Self.text(package.ducats)) DUC/2\", bonus = \"\(Self.text(package.bonus)) DUC/2\" },"
      }
      let source = """
        local all = {}
        for name, value in pairs(require "policies.before") do all[name] = value end
        all.rate, all.fee = "\(Self.share(rate))", "\(Self.share(fee))"
        all.custom_minimum, all.custom_maximum = "0.01 USD/2", "1000000000.00 USD/2"
        all.packages = { \(offers.joined(separator: "\n")) }
        return all
        """
      files["policies/fees.lua"] = Array(source.utf8)
      return try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false, previous: shipped)
    }

    private static func share(_ millionths: Int64) -> String {
      "\(millionths / 1_000_000)." + String(String(1_000_000 + millionths % 1_000_000).dropFirst())
    }

    private static func text(_ minor: Int64) -> String {
      "\(minor / 100)." + String(String(100 + minor % 100).dropFirst())
    }
  }

  /// Numbers that a seed gives.
  private struct Numbers {
    var state: UInt64

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound + Int64((state >> 16) % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func pick(_ values: [Int64]) -> Int64 { values[Int(number(0...Int64(values.count - 1)))] }
  }

  private enum Reply {
    case answer(JSON)
    case refused(String)
  }

  private static func ask(_ runner: DecisionRunner, _ point: String, _ input: JSON) throws -> Reply {
    switch runner.decide(point, input: Array(input.text.utf8)).result {
    case .success(let bytes): return .answer(try JSON(parsing: bytes))
    case .failure(let failure): return .refused(failure.reason ?? "\(failure.code): \(failure.message)")
    }
  }

  private static func minor(_ json: JSON, _ name: String) throws -> Int64 {
    try #require(json[name]?["minor"]?.integer, "\(name) of \(json.text)")
  }

  /// `CASCADE_POLICIES` tries so many, and CASCADE_SEED others.
  @Test func `no offer is worth more than it costs, whatever numbers the policy takes within its bounds`() async throws
  {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["CASCADE_POLICIES"].flatMap { Int($0) } ?? 40
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(.max))
    print("CASCADE_SEED=\(seed)")
    let shipped = try RulebookLoader.load(directory: Checkout.directory, runSpecs: false)
    var (generator, suspended, made) = (Numbers(state: seed), 0, 0)
    for number in 0..<count {
      let policy = Policy.random(&generator)
      let runner = DecisionRunner(rulebook: try policy.rulebook(of: shipped))
      let told = runner.rulebook.doubts.filter { $0.code == .doubtfulPolicy }
      for package in policy.packages {
        let what = "policy \(number) of seed \(seed): \(package), rate \(policy.rate), fee \(policy.fee)"
        let isGift = policy.isGift(package.ducats, for: package.price)
        #expect(told.contains { $0.message.contains("'\(package.name)' is suspended") } == isGift, "\(what)")
        switch try Self.ask(runner, "bridge.purchase", ["package": .string(package.name), "level": 1]) {
        case .refused(let code):
          #expect(isGift && code == "offer_suspended", "\(what): \(code)")
          suspended += 1
        case .answer(let price):
          #expect(!isGift, "\(what)")
          #expect(try Self.minor(price, "ducats") == package.ducats, "\(what)")
          #expect(try Self.minor(price, "charge") == package.price, "\(what)")
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
    _ runner: DecisionRunner, _ policy: Policy, _ generator: inout Numbers, _ what: String
  ) throws {
    let level = JSON.double(Double(generator.pick([0, 1_000_000, generator.number(0...1_000_000)])) / 1e6)
    let minor = generator.number(100...generator.pick([200, 10_000, 100_000_000]))
    let (ducats, dollars) = (
      JSON.string(Amount(minor, try #require(Asset("DUC/2"))).description),
      JSON.string(Amount(minor, try #require(Asset("USD/2"))).description)
    )
    if case .answer(let price) = try ask(runner, "bridge.purchase", ["amount": ducats, "level": level]) {
      #expect(!policy.isGift(minor, for: try self.minor(price, "charge")), "\(what), \(price.text)")
    }
    for (side, amount) in [("purchase", ducats), ("buy", dollars)] {
      let input: JSON = ["side": .string(side), "amount": amount, "level": level]
      guard case .answer(let quote) = try ask(runner, "bridge.quote", input) else { continue }
      let cost = side == "buy" ? minor : try self.minor(quote, "charge")
      #expect(!policy.isGift(try self.minor(quote, "net"), for: cost), "\(what), \(quote.text)")
    }
    let sale: JSON = ["side": "sell", "amount": ducats, "level": level]
    if case .answer(let quote) = try ask(runner, "bridge.quote", sale) {
      #expect(Int128(try self.minor(quote, "net")) * 1_000_000_000_000 <= policy.worth(minor), "\(what), \(quote.text)")
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
      try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false)
    }
    #expect(rejected?.errors.first?.message.contains("\(file): \(says)") == true, "\(String(describing: rejected))")
  }

  @Test func `check names the package that the rate suspends, at its line`() throws {
    var files = try RulebookLoader.read(directory: Checkout.directory).files
    let source = String(decoding: try #require(files["policies/fees.lua"]), as: UTF8.self)
    files["policies/fees.lua"] = Array(source.replacing(#"rate = "0.10""#, with: #"rate = "0.20""#).utf8)
    let rulebook = try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false, review: .doubts)
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
