internal import Foundation
internal import Mutating

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
    var run = try FuzzRun(wants: ["COUNT"])
    let count = run.numbers[0]
    let requests = Requests()
    let ways = try TwoWays()
    for number in 0..<count {
      let stream = requests.next(&run.generator)
      guard let difference = try ways.difference(stream) else { continue }
      throw FuzzError(description: "stream \(number), \(stream): \(difference)")
    }
    print(
      "\(count) streams answered alike; \(ways.answers) answers, \(ways.plainStreams) streams without the parser")
    // Where nothing is recognised, or everything, nothing was compared.
    if ways.plainStreams == 0 || ways.plainStreams == count {
      throw FuzzError(description: "the recogniser was not put to the test")
    }
  }
}
