internal import AllocationCounter
internal import Mutating

/// The time and memory that one input may take, and the most that any took.
struct Bounds: CustomStringConvertible {
  let seconds: Double
  let bytes: Int
  private var slowest = 0.0
  private var slowestInput = ""
  private var largest = 0

  /// What was slower than this is looked at again.
  private let suspicious: Double

  init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    self.bytes = bytes
    suspicious = seconds / 10
  }

  /// The slowest and the largest.
  var description: String {
    "the slowest in \(slowest * 1000) ms, the largest in \(largest) bytes; the slowest was \(slowestInput)"
  }

  /// Runs `body` on an input. Throws when it takes too much. Since other programs may run in between, a slow input is
  /// run again and the quickest time counts.
  mutating func examine<Result>(_ input: Corpus.Input, _ body: () -> Result) throws -> Result {
    func timed() -> (Result, Double) {
      let start = ContinuousClock.now
      let value = body()
      return (value, (ContinuousClock.now - start) / .seconds(1))
    }
    allocation_counter_begin()
    var (value, time) = timed()
    largest = max(largest, Int(allocation_counter_peak()))
    for _ in 0..<9 where time > suspicious {
      let again = timed()
      (value, time) = (again.0, min(time, again.1))
    }
    if time > slowest {
      slowest = time
      slowestInput = input.description
    }
    if time > seconds { throw FuzzError(description: "\(time * 1000) ms for \(input)") }
    if largest > bytes { throw FuzzError(description: "\(largest) bytes for \(input)") }
    return value
  }
}
