internal import Glibc
package import TrustGraph

/// Why a run ended early.
package struct FuzzError: Error, CustomStringConvertible {
  package var description: String

  package init(description: String) { self.description = description }
}

/// The numbers that a run was called with, and its randomness, whose seed is printed.
package struct FuzzRun {
  /// The arguments in order, and the seed when one was given.
  package let numbers: [UInt64]
  package var generator: SeededGenerator

  /// Reads the arguments: a number for each name, and maybe a seed. Throws when they are others.
  package init(wants names: [String]) throws(FuzzError) {
    numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    guard (names.count...names.count + 1).contains(numbers.count), CommandLine.arguments.count == numbers.count + 1
    else { throw FuzzError(description: "wants \(names.joined(separator: " ")) [SEED]") }
    let seed = numbers.count > names.count ? numbers[names.count] : UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    fflush(nil)
    generator = SeededGenerator(seed: seed)
  }
}
