internal import Foundation
internal import TrustGraph

/// Gives changed requests to the decision port as it is, and to one where all bytes go to the parser: both answer the
/// same bytes at the same time, however the bytes are cut.
///
/// `PortFuzz COUNT [SEED]` ends with status 1 when they don't; the seed is printed and replays a run.
@main
enum PortFuzz {
  static func main() {
    do { try run() } catch {
      print("error: \(error)")
      exit(1)
    }
  }

  private static func run() throws {
    let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    guard (1...2).contains(numbers.count), CommandLine.arguments.count == numbers.count + 1 else {
      throw PortFuzzError(description: "wants COUNT [SEED]")
    }
    let seed = numbers.count == 2 ? numbers[1] : UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    fflush(nil)
    var generator = SeededGenerator(seed: seed)
    let requests = Requests()
    let ways = try TwoWays()
    for number in 0..<numbers[0] {
      let stream = requests.next(&generator)
      guard let difference = try ways.difference(stream) else { continue }
      throw PortFuzzError(description: "stream \(number), \(stream): \(difference)")
    }
    print(
      "\(numbers[0]) streams answered alike; \(ways.answers) answers, \(ways.plainStreams) streams without the parser")
    // Where nothing is recognised, or everything, nothing was compared.
    if ways.plainStreams == 0 || ways.plainStreams == numbers[0] {
      throw PortFuzzError(description: "the recogniser was not put to the test")
    }
  }
}

/// Why a run ended early.
struct PortFuzzError: Error, CustomStringConvertible {
  var description: String
}
