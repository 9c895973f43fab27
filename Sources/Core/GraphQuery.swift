/// What is asked of the trust graph, its options read and within their limits.
package enum GraphQuery: Sendable, Equatable {
  /// What the graph says about a citizen.
  case metrics(citizen: String, Measuring)
  /// A citizen's triangles against rewired graphs.
  case nullModel(citizen: String, Rewiring)
  /// What the graph says about everybody; a pair that recorded no trust counts as `neutral`.
  case network(neutral: Double)

  /// How a citizen is measured.
  package struct Measuring: Sendable, Equatable {
    /// Nodes of the window at most, the citizen included.
    package var window: Int
    /// The trust of a pair that recorded none, in [0, 100].
    package var neutral: Double
    /// A triangle is crystallised when the mean of its trusts is above this.
    package var crystalMean: Double
    /// How many of the most trusted neighbours are reported.
    package var top: Int
  }

  /// How graphs are rewired.
  package struct Rewiring: Sendable, Equatable {
    /// Nodes of the window at most.
    package var window: Int
    /// The number of rewired graphs.
    package var samples: Int
    /// The same seed gives the same answer.
    package var seed: UInt64
    /// The trust of a pair that recorded none; it only orders the window.
    package var neutral: Double
    /// Attempted swaps for each edge of a rewired graph.
    package var swapsPerEdge: Int
  }

  /// The range of every trust, and the trust assumed for a pair without a recorded one where nobody names another.
  package static let trust = (range: 0.0...100.0, unrecorded: 50.0)
  /// Attempted swaps for each edge of a rewired graph, where nobody says.
  package static let usualSwapsPerEdge = 10

  /// Throws what is wrong with what every question names.
  package static func check(window: Int, neutral: Double) throws(HostCallProblem) {
    guard (1...GraphQueryLimits.windowNodes).contains(window) else {
      throw HostCallProblem("window must be 1 to \(GraphQueryLimits.windowNodes), not \(window)")
    }
    try check(neutral: neutral)
  }

  /// Throws what is wrong with a measurement's other options.
  package static func check(crystalMean: Double, top: Int) throws(HostCallProblem) {
    guard (0...GraphQueryLimits.windowNodes).contains(top) else {
      throw HostCallProblem("top must be 0 to \(GraphQueryLimits.windowNodes), not \(top)")
    }
    guard crystalMean.isFinite else { throw HostCallProblem("crystal_mean must be finite") }
  }

  /// Throws what is wrong with a null model's other options.
  package static func check(samples: Int, swapsPerEdge: Int) throws(HostCallProblem) {
    guard (1...GraphQueryLimits.samples).contains(samples) else {
      throw HostCallProblem("samples must be 1 to \(GraphQueryLimits.samples), not \(samples)")
    }
    let most = GraphQueryLimits.swapsPerEdge
    guard (1...most).contains(swapsPerEdge) else {
      throw HostCallProblem("swaps_per_edge must be 1 to \(most), not \(swapsPerEdge)")
    }
  }

  private static func check(neutral: Double) throws(HostCallProblem) {
    guard trust.range.contains(neutral) else { throw HostCallProblem("neutral must be 0 to 100, not \(neutral)") }
  }
}

extension GraphQuery {
  /// Reads the options `{window, neutral, crystal_mean, top}` of a rule, all required. Throws what is wrong.
  package static func metrics(of citizen: String, options: JSON) throws(HostCallProblem) -> GraphQuery {
    let options = try GraphOptions(options, known: ["window", "neutral", "crystal_mean", "top"])
    let measuring = Measuring(
      window: try options.integer("window"), neutral: try options.number("neutral"),
      crystalMean: try options.number("crystal_mean"), top: try options.integer("top"))
    try check(window: measuring.window, neutral: measuring.neutral)
    try check(crystalMean: measuring.crystalMean, top: measuring.top)
    return .metrics(citizen: citizen, measuring)
  }

  /// Reads the options `{window, samples, seed, neutral?, swaps_per_edge?}` of a rule. Throws what is wrong.
  package static func nullModel(of citizen: String, options: JSON) throws(HostCallProblem) -> GraphQuery {
    let options = try GraphOptions(options, known: ["window", "samples", "seed", "neutral", "swaps_per_edge"])
    let rewiring = Rewiring(
      window: try options.integer("window"), samples: try options.integer("samples"),
      seed: UInt64(bitPattern: Int64(try options.integer("seed"))),
      neutral: options.has("neutral") ? try options.number("neutral") : trust.unrecorded,
      swapsPerEdge: options.has("swaps_per_edge") ? try options.integer("swaps_per_edge") : usualSwapsPerEdge)
    try check(window: rewiring.window, neutral: rewiring.neutral)
    try check(samples: rewiring.samples, swapsPerEdge: rewiring.swapsPerEdge)
    return .nullModel(citizen: citizen, rewiring)
  }

  /// Reads the option `{neutral}` of a rule. Throws what is wrong.
  ///
  /// A policy's options for measuring do as well: the network's figures need no more than one of them.
  package static func network(options: JSON) throws(HostCallProblem) -> GraphQuery {
    let options = try GraphOptions(options, known: ["neutral", "window", "crystal_mean", "top"])
    let neutral = try options.number("neutral")
    try check(neutral: neutral)
    return .network(neutral: neutral)
  }
}

/// The limits on one question to the trust graph.
package enum GraphQueryLimits {
  /// The most nodes of a window; the search inside is over pairs and triples of nodes.
  package static let windowNodes = 256
  /// The most rewired graphs of one null model.
  package static let samples = 10_000
  /// The most attempted swaps for each edge of a rewired graph.
  package static let swapsPerEdge = 100
}

/// The options that a rule gives, by name.
private struct GraphOptions {
  private let json: JSON

  init(_ json: JSON, known: [String]) throws(HostCallProblem) {
    self.json = json
    // An empty Lua table has no members of either sort.
    guard json.object != nil || json == [] else { throw HostCallProblem("the options must be a table") }
    for member in json.object?.members ?? [] where !known.contains(member.name) {
      throw HostCallProblem("unknown option '\(member.name)'; there are \(known.joined(separator: ", "))")
    }
  }

  func has(_ name: String) -> Bool { json[name].map { $0 != .null } ?? false }

  func number(_ name: String) throws(HostCallProblem) -> Double {
    guard has(name), let given = json[name] else { throw missing(name) }
    guard let number = given.number else { throw HostCallProblem("the option '\(name)' is no number") }
    return number
  }

  /// An integer, or a double that is one: Lua prints `47.0` where a rule computed the number.
  func integer(_ name: String) throws(HostCallProblem) -> Int {
    guard has(name), let given = json[name] else { throw missing(name) }
    guard let number = given.integer ?? given.number.flatMap(Int64.init(exactly:)) else {
      throw HostCallProblem("the option '\(name)' is no whole number")
    }
    return Int(number)
  }

  private func missing(_ name: String) -> HostCallProblem {
    HostCallProblem("the option '\(name)' is missing")
  }
}
