internal import Foundation
internal import TrustGraph

/// The pieces of work, each with what it took and a figure to check it by.
struct Work {
  private static let (window, neutral) = (47, 50.0)

  private var snapshot: TrustSnapshot
  private var generator = SeededGenerator(seed: 47)

  /// All relationships at the beginning.
  private let pairs: [(String, String)]

  init(snapshot: TrustSnapshot) {
    self.snapshot = snapshot
    pairs = snapshot.relationships.map { ($0.citizen1, $0.citizen2) }
  }

  mutating func perform(_ name: String) throws -> (seconds: Double, value: Double) {
    switch name {
    case "triangles":
      timed { Double(snapshot.recountedTriangles().reduce(0, +) / 3) }
    case "clustering":
      timed {
        let coefficients = snapshot.localClustering(triangles: snapshot.recountedTriangles())
        return coefficients.reduce(0, +) / Double(coefficients.count)
      }
    case "pagerank":
      timed {
        snapshot.pageRank(damping: 0.85, tolerance: 1e-10, rounds: 1000, neutral: Self.neutral).max() ?? 0
      }
    case "update": try updates(2_000)
    case "measurement": try measurements(500)
    case "null model": try nullModels(50)
    default: throw WorkError("no work is named '\(name)'")
    }
  }

  /// Processor time, as others may use the machine.
  private func timed(_ work: () throws -> Double) rethrows -> (seconds: Double, value: Double) {
    let begin = processorSeconds()
    let value = try work()
    return (processorSeconds() - begin, value)
  }

  private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The median of single updates, each on a snapshot that somebody else still holds: one in four sets the trust of a
  /// pair, two link anybody to one drawn by their links, one removes a pair. The value is how many nodes' triangle
  /// counts then differ from counting again.
  private mutating func updates(_ count: Int) throws -> (seconds: Double, value: Double) {
    var seconds: [Double] = []
    for number in 0..<count {
      let pinned = snapshot
      var (first, second) = pair()
      if number % 4 == 1 || number % 4 == 2 { first = citizen() }
      let row = try Relationship(
        first, second, trust: Double(generator.next(below: 101)), lastInteraction: "2026-01-01T00:00:00Z")
      let outcome = timed {
        snapshot = number % 4 == 3 ? pinned.removing([(first, second)]) : pinned.applying([row])
        return 0
      }
      seconds.append(outcome.seconds)
    }
    let counted = snapshot.recountedTriangles()
    let wrong = counted.indices.count { snapshot.triangleCount(of: $0) != counted[$0] }
    return (seconds.sorted()[count / 2], Double(wrong))
  }

  /// The median over citizens; the value is the mean size of their windows.
  private mutating func measurements(_ count: Int) throws -> (seconds: Double, value: Double) {
    let options = try MetricsOptions(window: Self.window, neutral: Self.neutral, crystalMean: 70, top: 4)
    return try overCitizens(count) { Double(try $0.metrics(of: $1, options).window) }
  }

  /// The median over citizens; the value is their mean z-score.
  private mutating func nullModels(_ count: Int) throws -> (seconds: Double, value: Double) {
    let options = try NullModelOptions(window: Self.window, samples: 200, seed: 1, neutral: Self.neutral)
    return try overCitizens(count) { try $0.nullModel(of: $1, options).z }
  }

  private mutating func overCitizens(
    _ count: Int, _ work: (TrustSnapshot, String) throws -> Double
  ) throws -> (seconds: Double, value: Double) {
    var seconds: [Double] = []
    var sum = 0.0
    for _ in 0..<count {
      let name = citizen()
      let outcome = try timed { try work(snapshot, name) }
      seconds.append(outcome.seconds)
      sum += outcome.value
    }
    return (seconds.sorted()[count / 2], sum / Double(count))
  }

  private mutating func citizen() -> String { snapshot.name(of: generator.next(below: snapshot.nodeCount)) }

  private mutating func pair() -> (String, String) { pairs[generator.next(below: pairs.count)] }
}
