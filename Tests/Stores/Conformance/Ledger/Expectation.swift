package import Core
package import Ledger

/// A promise of the ledger that didn't hold.
package struct Broken: Error, CustomStringConvertible {
  /// Where, and what was found instead.
  package var description: String
}

/// Throws when `condition` doesn't hold.
package func hold(_ condition: Bool, _ what: @autoclosure () -> String, line: UInt = #line) throws {
  if !condition { throw Broken(description: "line \(line): \(what())") }
}

/// Throws when the two differ.
package func same<Value: Equatable>(_ found: Value, _ expected: Value, line: UInt = #line) throws {
  if found != expected { throw Broken(description: "line \(line): \(found) is not \(expected)") }
}

/// Numbers that look random and come again with their seed (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The numbers of `seed`.
  package init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The UUID that ends in `number`.
package func id(_ number: UInt64) -> Identifier { Identifier(high: 0x018b_cfe5_6800_7000, low: 1 << 63 | number) }

/// The account of this name. The names of the tests are valid; for others, `invalid`.
package func account(_ name: String) -> AccountName {
  guard let account = AccountName(name) ?? AccountName("invalid") else { preconditionFailure("no account name") }
  return account
}

/// Hundredths of a ducat.
package func ducats(_ minor: Int64) -> Amount { Amount(minor, asset("DUC/2")) }

/// The record of decision `number`, which made these transfers.
package func record(_ number: UInt64, effects: [UInt64] = [], note: String = "") -> DecisionRecord {
  let list = JSON.array(effects.map { .string(id($0).description) })
  return DecisionRecord(
    id: id(number),
    bytes: (["id": .string(id(number).description), "note": .string(note), "effects": list] as JSON).bytes)
}

/// A chain of two transfers, from the world through account `a` to `b`: while all chains are whole, `a` has nothing.
package func passing(_ number: UInt64) -> [LedgerEvent] {
  var debit = LedgerEvent.posted(id(2 * number), from: account("world"), to: account("a"), ducats(1))
  debit.isLinked = true
  return [debit, .posted(id(2 * number + 1), from: account("a"), to: account("b"), ducats(1))]
}

/// The asset of this name; for an invalid one, `INVALID`.
package func asset(_ name: String) -> Asset {
  guard let asset = Asset(name) ?? Asset("INVALID") else { preconditionFailure("no asset") }
  return asset
}

extension Receipt {
  /// The results of a receipt that has some.
  package var results: [EventResult] { if case .results(let results) = self { results } else { [] } }
  /// Status or reason of each result, as on the wire.
  package var outcomes: [String] { results.map { $0.reason?.rawValue ?? $0.status.rawValue } }
}

/// The value; throws when there is none.
package func required<Value>(_ value: Value?, line: UInt = #line) throws -> Value {
  guard let value else { throw Broken(description: "line \(line): a value is missing") }
  return value
}
