import Foundation

/// The trust graph on a preferential-attachment graph of a million relationships, against igraph and networkit on one
/// thread each, piece of work by piece in turns.
enum GraphAgainstPeers {
  private static let (citizens, links, seed) = (100_011, 10, 1)

  /// What the peers do too, and how closely their figure must be the same.
  private static let shared: [(work: String, what: String, tolerance: Double)] = [
    ("triangles", "triangles of a million edges, ms", 0),
    ("clustering", "local clustering of each node, ms", 1e-9),
    ("pagerank", "weighted PageRank to 1e-10, ms", 1e-7),
  ]

  /// What only Cascade does, in which unit, and what it should take at most.
  private static let alone: [(work: String, what: String, unit: Double, aim: Double)] = [
    ("update", "an update of an edge, all counts kept, µs", 1e6, 20),
    ("measurement", "a citizen measured in a window of 47, µs", 1e6, 150),
    ("null model", "a null model of 200 rewirings, ms", 1e3, 20),
  ]

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let file = work.file("graph.csv")
    _ = try Program.run(settings.graphWork, ["make", "\(citizens)", "\(links)", "\(seed)", file])
    var rows = [try loading(settings, file)]
    let cascade = try Worker(settings.graphWork, ["serve", file])
    defer { cascade.stop() }
    let script = settings.benchmarks + "/graph_peers.py"
    let peers = try ["igraph", "networkit"].map { try Worker(settings.python, [script, $0, file]) }
    defer { for peer in peers { peer.stop() } }
    for (work, what, tolerance) in shared {
      rows += try compare(cascade, peers, work, what, tolerance, rounds: settings.rounds)
    }
    for (work, what, unit, aim) in alone {
      let rounds = try (0..<settings.rounds).map { _ in try cascade.perform(work) }
      if work == "update", let wrong = rounds.first(where: { $0.value != 0 })?.value {
        throw BenchmarkError("after the updates \(wrong) nodes have wrong triangle counts")
      }
      let median = rounds.map(\.seconds).median * unit
      rows.append(
        Row(
          what: what, cascade: median.text(1), ratio: (median / aim).text(2), aim: "≤ \(aim.text())",
          isMet: median <= aim))
    }
    return rows
  }

  /// The whole command, from the file to the figures of the graph.
  private static func loading(_ settings: Settings, _ file: String) throws -> Row {
    let begin = Date()
    let text = try Program.run(
      "/usr/bin/env", ["time", "-f", "%M", settings.cascade, "graph", "stats", "--edges", file],
      core: Program.serverCore)
    let seconds = Date().timeIntervalSince(begin)
    guard let kibibytes = text.split(separator: "\n").last.flatMap({ Double($0) }) else {
      throw BenchmarkError("cascade graph stats says: \(text)")
    }
    return Row(
      what: "a million edges from CSV, and their figures, s", cascade: seconds.text(2),
      other: "\((kibibytes / 1024).text()) MiB at most", aim: "")
  }

  private static func compare(
    _ cascade: Worker, _ peers: [Worker], _ work: String, _ what: String, _ tolerance: Double, rounds: Int
  ) throws -> [Row] {
    var ours: [Double] = []
    var theirs = peers.map { _ in [Double]() }
    // The first round warms all up.
    for round in 0...rounds {
      let outcome = try cascade.perform(work)
      if round > 0 { ours.append(outcome.seconds) }
      for (index, peer) in peers.enumerated() {
        let other = try peer.perform(work)
        guard abs(other.value - outcome.value) <= tolerance * abs(outcome.value) else {
          throw BenchmarkError("\(work): \(peer.name) finds \(other.value), Cascade \(outcome.value)")
        }
        if round > 0 { theirs[index].append(other.seconds) }
      }
    }
    return zip(peers, theirs).map { peer, seconds in
      let ratio = zip(ours, seconds).map { $0 / $1 }.median
      return Row(
        what: what, cascade: (ours.median * 1000).text(), other: "\((seconds.median * 1000).text()) \(peer.name)",
        ratio: ratio.text(2), aim: "< 1", isMet: ratio < 1)
    }
  }
}
