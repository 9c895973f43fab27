package import LuaRuntime

/// A place of a rule that goes one way or another, and how often it went which.
package struct Branch: Sendable, Equatable {
  /// What goes one way or another there.
  package enum Kind: String, Sendable {
    /// A condition, behind the word that asks it.
    case `if`, `elseif`, `while`, until
    /// The left side of an operation, which decides whether the right one is looked at.
    case and, or
    /// A loop, which has a round or none.
    case `for`
  }

  /// What goes one way or another.
  package var kind: Kind
  /// The line, from 1.
  package var line: Int
  /// The column, from 1, in bytes.
  package var column: Int
  /// The condition, or what the loop goes through, on one line.
  package var text: String
  /// How often it went which way.
  package var hits = BranchHits()

  /// What nobody saw it do, for people; nothing when it went both ways, or was never reached: then its line says so.
  /// That a loop never had nothing to go through is told apart, see ``isAlwaysRound``.
  package var missed: String? {
    switch (hits.yes, hits.no) {
    case (0, 0): nil
    case (0, _): kind == .for ? "'for' never goes round" : "\(what) is never true"
    case (_, 0): kind == .for ? nil : "\(what) is never false"
    default: nil
    }
  }

  /// Whether it is a loop that had a round each time.
  package var isAlwaysRound: Bool { kind == .for && hits.yes > 0 && hits.no == 0 }

  private var what: String { kind == .and || kind == .or ? "the left of '\(kind.rawValue)'" : "'\(kind.rawValue)'" }

  /// How many of its two ways were taken.
  package var taken: Int { (hits.yes > 0 ? 1 : 0) + (hits.no > 0 ? 1 : 0) }
}
