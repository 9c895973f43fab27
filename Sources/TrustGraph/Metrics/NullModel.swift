package import Core

/// The options for comparing a window's triangles with chance.
package struct NullModelOptions: Sendable, Equatable {
  /// The most nodes of the window.
  package var window: Int
  /// The number of rewired graphs.
  package var samples: Int
  /// The seed of the generator; the same seed gives the same answer.
  package var seed: UInt64
  /// The trust of a pair without a recorded one; it affects only the order of the window.
  package var neutral: Double
  /// The number of attempted swaps for each edge of a rewired graph.
  package var swapsPerEdge: Int

  /// Options, checked against the limits of ``GraphQuery``; throws `invalid_options`.
  package init(
    window: Int, samples: Int, seed: UInt64, neutral: Double = TrustScale.unrecorded,
    swapsPerEdge: Int = GraphQuery.usualSwapsPerEdge
  ) throws(GraphError) {
    do throws(HostCallProblem) {
      try GraphQuery.check(window: window, neutral: neutral)
      try GraphQuery.check(samples: samples, swapsPerEdge: swapsPerEdge)
    } catch {
      throw GraphError(.invalidOptions, error.message)
    }
    self.window = window
    self.samples = samples
    self.seed = seed
    self.neutral = neutral
    self.swapsPerEdge = swapsPerEdge
  }

  /// What a rule asks with; throws `invalid_options`.
  package init(_ asked: GraphQuery.Rewiring) throws(GraphError) {
    try self.init(
      window: asked.window, samples: asked.samples, seed: asked.seed, neutral: asked.neutral,
      swapsPerEdge: asked.swapsPerEdge)
  }
}

/// A window's triangle count compared with rewired graphs of the same degrees.
package struct NullModel: Sendable, Equatable {
  /// The number of triangles in the window.
  package var observed: Int
  /// The mean number of triangles in the rewired graphs.
  package var mean: Double
  /// The standard deviation (of the population) in the rewired graphs.
  package var deviation: Double
  /// (observed − mean) / deviation; 0 when the deviation is 0.
  package var z: Double
  /// The version of the snapshot.
  package var snapshot: Int

  /// The object that a rule sees.
  package var json: JSON {
    [
      "observed": .integer(Int64(observed)), "mean": .double(mean), "deviation": .double(deviation), "z": .double(z),
      "snapshot": .integer(Int64(snapshot)),
    ]
  }
}

extension TrustSnapshot {
  /// The null model of a citizen's window: each sample rewires the window by double-edge swaps, which keep every degree
  /// (Maslov and Sneppen 2002). Throws `unknown_citizen`, and `invalid_options` for more than ``GraphLimits/swaps``
  /// or when ``Patience`` is over. O(samples · edges · (swaps + window / 64)).
  package func nullModel(of citizen: String, _ options: NullModelOptions) throws(GraphError) -> NullModel {
    let node = try requiredNode(of: citizen)
    let window = window(around: node, limit: options.window, neutral: options.neutral)
    let original = RewiredGraph(count: window.count, edges: window.edges)
    let swaps = options.samples * options.swapsPerEdge * original.edges.count
    if swaps > GraphLimits.swaps {
      throw GraphError(
        .invalidOptions,
        "\(swaps) swaps for the null model of '\(citizen)' are over \(GraphLimits.swaps): take fewer samples, fewer "
          + "swaps per edge or a smaller window")
    }
    var generator = SeededGenerator(seed: options.seed)
    let observed = original.triangles
    let pieces = Self.pieces(of: options.swapsPerEdge * original.edges.count)
    var (sum, squares) = (0, 0)
    for _ in 0..<options.samples {
      var sample = original
      for attempts in pieces {
        sample.rewire(attempts: attempts, using: &generator)
        if Patience.isOver { throw GraphError(.invalidOptions, Self.tookTooLong(citizen)) }
      }
      let difference = sample.triangles - observed
      sum += difference
      squares += difference * difference
    }
    // Integers, so that a variance of zero is exactly zero.
    let spread = options.samples * squares - sum * sum
    let deviation = Double(spread).squareRoot() / Double(options.samples)
    let offset = Double(sum) / Double(options.samples)
    return NullModel(
      observed: observed, mean: Double(observed) + offset, deviation: deviation,
      z: spread == 0 ? 0 : -offset / deviation, snapshot: version)
  }
}

extension TrustSnapshot {
  /// Attempts between two looks at the clock, well below a millisecond.
  private static let attemptsAtOnce = 4096

  private static func pieces(of attempts: Int) -> [Int] {
    let whole = [Int](repeating: attemptsAtOnce, count: attempts / attemptsAtOnce)
    return whole + [attempts % attemptsAtOnce]
  }

  private static func tookTooLong(_ citizen: String) -> String {
    "the null model of '\(citizen)' takes longer than there is time: take fewer samples, fewer swaps per edge or a "
      + "smaller window"
  }
}

/// A small graph that swaps the ends of its edges.
struct RewiredGraph {
  private(set) var edges: [(Int, Int)]
  private let words: Int
  /// The neighbours of each node as bits, `words` words each.
  private var bits: [UInt64]

  init(count: Int, edges: [(Int, Int)]) {
    self.edges = edges
    words = (count + 63) / 64
    bits = [UInt64](repeating: 0, count: words * count)
    for edge in edges { flip(edge.0, edge.1) }
  }

  /// The number of triangles. O(edges · count / 64).
  var triangles: Int {
    edges.reduce(0) { sum, edge in
      (0..<words).reduce(sum) { $0 + (bits[edge.0 * words + $1] & bits[edge.1 * words + $1]).nonzeroBitCount }
    } / 3
  }

  func isLinked(_ first: Int, _ second: Int) -> Bool {
    bits[first * words + second / 64] >> UInt64(second % 64) & 1 == 1
  }

  private mutating func flip(_ first: Int, _ second: Int) {
    bits[first * words + second / 64] ^= 1 << UInt64(second % 64)
    bits[second * words + first / 64] ^= 1 << UInt64(first % 64)
  }

  /// Attempts swaps a–b, c–d → a–d, c–b; skips a swap that would make a loop or a second edge.
  mutating func rewire(attempts: Int, using generator: inout SeededGenerator) {
    guard edges.count >= 2 else { return }
    for _ in 0..<attempts {
      let first = generator.next(below: edges.count)
      let second = generator.next(below: edges.count)
      let (a, b) = edges[first]
      var (c, d) = edges[second]
      if generator.next(below: 2) == 1 { swap(&c, &d) }
      guard a != c, a != d, b != c, b != d, !isLinked(a, d), !isLinked(c, b) else { continue }
      flip(a, b)
      flip(c, d)
      flip(a, d)
      flip(c, b)
      edges[first] = (a, d)
      edges[second] = (c, b)
    }
  }
}
