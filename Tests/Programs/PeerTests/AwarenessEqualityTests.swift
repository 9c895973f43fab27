import Core
import Foundation
import LuaRuntime
import PeerTesting
import Rulebook
import TestSupport
import Testing
import TrustGraph

/// What the shipped rules say of a platform's model of itself is what the vectors and numpy and scipy say.
struct AwarenessEqualityTests {
  /// The vectors, read from beside the package or from CASCADE_VECTORS.
  static let vectors: URL = {
    let environment = ProcessInfo.processInfo.environment["CASCADE_VECTORS"]
    let shared = Checkout.url.deletingLastPathComponent().appending(path: "shared/vectors")
    return (environment.map { URL(filePath: $0) } ?? shared).appending(path: "awareness.json")
  }()
  static let arePresent = FileManager.default.fileExists(atPath: vectors.path)
  static let rounds: UInt64 = 150

  private let runner: DecisionRunner

  init() throws {
    let rulebook = try RulebookLoader.load(directory: Checkout.url.path, runSpecs: false)
    runner = DecisionRunner(rulebook: rulebook)
  }

  @Test(
    .enabled(
      if: arePresent || Peers.areRequired, "the vectors are not beside the package; CASCADE_VECTORS names their folder")
  )
  func `every vector of awareness comes out to six decimals`() throws {
    let vectors = try JSON(parsing: String(contentsOf: Self.vectors, encoding: .utf8)).array
    for vector in try #require(vectors) {
      let name = try #require(vector["name"]?.string)
      let result = try decide("awareness.score", try #require(vector["input"]))
      expect(result, isNear: try #require(vector["expected"]), within: 5.1e-7, name)
    }
  }

  @Test(.needsPeers) func `random models score the same`() throws {
    let peer = try PeerProcess([Peers.script("awareness.py")])
    for seed in 1...Self.rounds {
      var generator = SeededGenerator(seed: seed)
      let input = RandomModel(&generator).input
      let question: JSON = ["ask": "score", "input": input]
      let expected = try JSON(parsing: peer.ask(question.text))
      expect(try decide("awareness.score", input), isNear: expected, within: 1e-9, "seed \(seed)")
    }
  }

  @Test(.needsPeers) func `random series are forecast the same`() throws {
    let peer = try PeerProcess([Peers.script("awareness.py")])
    for seed in 1...Self.rounds {
      var generator = SeededGenerator(seed: seed)
      let observed = JSON.array(([0.5] + RandomModel.values(&generator)).map { .double($0) })
      let question: JSON = ["ask": "forecast", "observed": observed]
      let expected = try JSON(parsing: peer.ask(question.text))
      let result = try decide("awareness.forecast", ["series": [["name": "one", "observed": observed]]])
      expect(try #require(result["series"]?.array?.first), isNear: expected, within: 1e-9, "seed \(seed)")
    }
  }

  private func decide(_ point: String, _ input: JSON) throws -> JSON {
    let limits = RunLimits(fuel: 10_000_000, deadline: .seconds(30))
    return try JSON(parsing: runner.decide(point, input: input.bytes, limits: limits).result.get())
  }

  /// Every member of `expected` is in `result`, numbers nearly; what is null there is absent.
  private func expect(_ result: JSON?, isNear expected: JSON, within tolerance: Double, _ place: String) {
    if let members = expected.object?.members {
      for (name, value) in members {
        expect(result?[name], isNear: value, within: tolerance, "\(place): \(name)")
      }
    } else if let number = expected.number {
      let isNear = result?.number.map { abs($0 - number) <= tolerance } ?? false
      #expect(isNear, "\(place) is \(result?.text ?? "absent"), not \(number)")
    } else {
      #expect(result ?? .null == expected, "\(place)")
    }
  }
}
