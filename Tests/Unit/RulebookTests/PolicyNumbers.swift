import Core
import LuaRuntime
import TestSupport
import Testing

@testable import Rulebook

/// Every number of every policy of a rulebook, found by walking what the policies return: of a policy that somebody
/// adds tomorrow, too.
struct PolicyNumbers {
  /// A number, a decimal in a text, or an amount.
  struct Leaf: Sendable, CustomStringConvertible {
    /// The policy's name: `fees`
    var policy: String
    /// Lua that leads to it from the policy's table: `["packages"]["noble"]["price"]`
    var path: String
    /// As Lua would write it: `"0.10"`
    var source: String

    var description: String { "\(policy)\(path) = \(source)" }
  }

  let rulebook: CheckedRulebook
  let leaves: [Leaf]

  /// Those of the shipped rulebook.
  static func shipped() throws -> PolicyNumbers {
    var files = try RulebookLoader.load(directory: Checkout.directory, runSpecs: false).snapshot.files
    let names = files.keys.map(\.description).filter { $0.hasPrefix("policies/") && $0.hasSuffix(".lua") }
      .map { String($0.dropFirst(9).dropLast(4)) }.sorted()
    files["plugins/walker/plugin.lua"] = Array(walker(names).utf8)
    return try PolicyNumbers(files, previous: nil)
  }

  private init(_ files: [ExactText: [UInt8]], previous: CheckedRulebook?) throws {
    rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: files), runSpecs: false, previous: previous, isPatient: true)
    let answer = try DecisionRunner(rulebook: rulebook).decide("walker.walk", input: Array("{}".utf8)).result.get()
    let list = try #require(JSON(parsing: answer)["leaves"]?.array)
    leaves = try list.map { leaf in
      Leaf(
        policy: try #require(leaf["policy"]?.string), path: try #require(leaf["path"]?.string),
        source: try #require(leaf["source"]?.string))
    }
  }

  /// The rulebook with other numbers, all of one policy. Throws when it isn't loaded.
  func changed(_ changes: [(leaf: Leaf, source: String)]) throws -> PolicyNumbers {
    var files = rulebook.snapshot.files
    let policy = try #require(changes.first).leaf.policy
    files["policies/before.lua"] = files[ExactText("policies/\(policy).lua")]
    let source = """
      local function copied(from)
        local to = {}
        for key, value in pairs(from) do to[key] = type(value) == "table" and copied(value) or value end
        return to
      end
      local all = copied(require "policies.before")
      \(changes.map { "all\($0.leaf.path) = \($0.source)" }.joined(separator: "\n"))
      return all
      """
    files[ExactText("policies/\(policy).lua")] = Array(source.utf8)
    return try PolicyNumbers(files, previous: rulebook)
  }

  /// The leaf of this policy and path.
  func leaf(_ policy: String, _ path: String) throws -> Leaf {
    try #require(leaves.first { $0.policy == policy && $0.path == path }, "\(policy)\(path)")
  }

  private static func walker(_ policies: [String]) -> String {
    """
    local policies = { \(policies.map { "\($0) = require \"policies.\($0)\"" }.joined(separator: ", ")) }
    local function walk(policy, value, path, leaves)
      if type(value) == "table" then
        for key, inner in pairs(value) do
          walk(policy, inner, path .. "[" .. string.format("%q", key) .. "]", leaves)
        end
      elseif type(value) == "number"
        or type(value) == "string" and value:find("^-?%d+%.?%d*$")
        or type(value) == "string" and value:find("^-?%d+%.?%d* %u+/?%d*$") then
        leaves[#leaves + 1] = { policy = policy, path = path, source = string.format("%q", value) }
      end
    end
    return {
      name = "walker", version = "1.0.0", decisions = { ["walker.walk"] = {
        summary = "Names every number.", input = {},
        output = { leaves = { list = { record = { policy = "string", path = "string", source = "string" } } } },
        decide = function()
          local leaves = {}
          for policy, value in pairs(policies) do walk(policy, value, "", leaves) end
          return { leaves = leaves }
        end,
      } },
    }
    """
  }
}

extension PolicyNumbers.Leaf {
  /// Lua of another number of its kind: often at an edge, or near to what it is.
  func another(_ generator: inout some RandomNumberGenerator) -> String {
    let text = source.filter { $0 != "\"" }
    let words = text.split(separator: " ")
    let value = Double(words.first ?? "") ?? 0
    let factors: [Double] = [0.5, 0.9, 1.1, 2, 3, 10, 1000]
    let factor = factors.randomElement(using: &generator) ?? 1
    let numbers: [Double] = [0, 1, -1, -value, value * factor, value + 1, value - 1, value / 7, 0.000001, 0.999999]
    let number = numbers.randomElement(using: &generator) ?? 0
    guard source.hasPrefix("\"") else {
      let isWhole = !source.contains(".") && !source.contains("x")
      return isWhole && Int.random(in: 0..<8, using: &generator) > 0 ? "\(Int64(number.rounded()))" : "\(number)"
    }
    if words.count == 1 { return "\"" + Self.decimal(number, 6) + "\"" }
    let choices: [Double] = [number, number, number, 0.01, 9e16]
    let cents = choices.randomElement(using: &generator) ?? 0
    return "\"" + Self.decimal(cents, 2) + " \(words[1])\""
  }

  /// A decimal with so many digits behind its point, without an exponent.
  private static func decimal(_ value: Double, _ digits: Int) -> String {
    let unit: Int64 = digits == 6 ? 1_000_000 : 100
    let most = 9e18 / Double(unit)
    let scaled = Int64((min(abs(value), most) * Double(unit)).rounded())
    let behind = String(unit + scaled % unit).dropFirst()
    return "\(value < 0 ? "-" : "")\(scaled / unit).\(behind)"
  }
}
