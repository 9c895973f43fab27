import Core
import LuaRuntime
import Testing

@testable import Rulebook

/// Numbers for the policy; shares in millionths, money in minor units.
struct OfferPolicy {
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
  static func random(_ generator: inout DrawnNumbers) -> OfferPolicy {
    let rate = generator.pick([50_000, 500_000, 100_000, 102_564, generator.number(50_000...500_000)])
    let fee = generator.pick([0, 25_000, 1_000_000, generator.number(0...1_000_000), generator.number(0...100_000)])
    let packages = ["starter", "explorer", "trader", "merchant", "noble"].map { name in
      let ducats = generator.number(1...generator.pick([100, 10_000, 100_000_000]))
      let fair = ducats * rate / 1_000_000 * (1_000_000 - fee) / 1_000_000
      let price = generator.pick([fair, fair + generator.number(-2...2), generator.number(1...10_000_000)])
      return Package(name: name, price: max(1, price), ducats: ducats, bonus: generator.number(0...1_000_000))
    }
    return OfferPolicy(rate: rate, fee: fee, packages: packages)
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
    return try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false, previous: shipped, isPatient: true)
  }

  private static func share(_ millionths: Int64) -> String {
    "\(millionths / 1_000_000)." + String(String(1_000_000 + millionths % 1_000_000).dropFirst())
  }

  private static func text(_ minor: Int64) -> String {
    "\(minor / 100)." + String(String(100 + minor % 100).dropFirst())
  }
}

/// Numbers that a seed gives.
struct DrawnNumbers {
  var state: UInt64

  mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int64((state >> 16) % UInt64(range.upperBound - range.lowerBound + 1))
  }

  mutating func pick(_ values: [Int64]) -> Int64 { values[Int(number(0...Int64(values.count - 1)))] }
}

/// What a decision about offers comes to.
enum OfferReply {
  /// The result, and what is to be moved.
  case answer(JSON, [TransferRequest])
  case refused(String)

  /// Asks `runner`, of a host with these fakes.
  init(_ runner: DecisionRunner, _ point: String, _ input: JSON, _ fakes: JSON = [:]) throws {
    let answer = runner.decide(point, input: input.bytes, fakes: try Fakes(json: fakes))
    switch answer.result {
    case .success(let bytes):
      let moves = answer.effects.compactMap { effect -> TransferRequest? in
        switch effect.call {
        case .post(let request), .hold(let request): request
        default: nil
        }
      }
      self = .answer(try JSON(parsing: bytes), moves)
    case .failure(let failure): self = .refused(failure.reason ?? "\(failure.code): \(failure.message)")
    }
  }

  /// The result; nil when it is refused.
  var result: JSON? { if case .answer(let result, _) = self { result } else { nil } }
}

extension JSON {
  /// The minor units of the amount in this member.
  func minor(_ name: String) throws -> Int64 {
    try #require(self[name]?["minor"]?.integer, "\(name) of \(text)")
  }
}
