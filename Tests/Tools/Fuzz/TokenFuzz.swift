internal import Foundation
internal import TrustGraph

/// Gives the token verifier and the reader of key sets changed inputs, and holds each to its bounds.
///
/// `TokenFuzz COUNT MILLISECONDS [SEED]` ends with status 1 when an input takes longer than that or more than 1 MiB, or
/// when a changed token is taken. The seed replays a run.
@main
enum TokenFuzz {
  /// Bytes that one input may have allocated at once.
  static let bytes = 1 << 20

  static func main() {
    do { try run() } catch {
      print("error: \(error)")
      exit(1)
    }
  }

  private static func run() throws {
    let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    guard (2...3).contains(numbers.count), CommandLine.arguments.count == numbers.count + 1 else {
      throw FuzzError(description: "wants COUNT MILLISECONDS [SEED]")
    }
    let seed = numbers.count == 3 ? numbers[2] : UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    fflush(nil)
    var generator = SeededGenerator(seed: seed)
    let corpus = try Corpus()
    var bounds = Bounds(seconds: Double(numbers[1]) / 1000, bytes: bytes)
    var counts: [Corpus.Outcome: Int] = [:]
    let start = ContinuousClock.now
    for number in 0..<numbers[0] {
      let input = corpus.input(&generator)
      let outcome = try bounds.examine(input) { corpus.outcome(of: input) }
      guard outcome != .wronglyTaken else {
        throw FuzzError(description: "input \(number) was taken: \(input)")
      }
      counts[outcome, default: 0] += 1
    }
    print("\(numbers[0]) inputs in \(ContinuousClock.now - start), \(bounds)")
    for (outcome, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      print("  \(outcome.rawValue): \(count)")
    }
  }
}

/// Why a run ended early.
struct FuzzError: Error, CustomStringConvertible {
  var description: String
}
