internal import Foundation
internal import Mutating

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
    var run = try FuzzRun(wants: ["COUNT", "MILLISECONDS"])
    let count = run.numbers[0]
    let corpus = try Corpus()
    var bounds = Bounds(seconds: Double(run.numbers[1]) / 1000, bytes: bytes)
    var counts: [Corpus.Outcome: Int] = [:]
    let start = ContinuousClock.now
    for number in 0..<count {
      let input = corpus.input(&run.generator)
      let outcome = try bounds.examine(input) { corpus.outcome(of: input) }
      guard outcome != .wronglyTaken else {
        throw FuzzError(description: "input \(number) was taken: \(input)")
      }
      counts[outcome, default: 0] += 1
    }
    print("\(count) inputs in \(ContinuousClock.now - start), \(bounds)")
    for (outcome, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      print("  \(outcome.rawValue): \(count)")
    }
  }
}
