import Core
import Decisions
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook

/// Lanes for tests, and the rulebooks they decide by.
enum LaneFixture {
  /// Two policies that must agree, and a rule that returns both and what it was asked for.
  static func generation(_ number: Int) throws -> Generation {
    let files = [
      "policies/left.lua": "return { marker = \(number) }\n", "policies/right.lua": "return { marker = \(number) }\n",
      "plugins/probe/plugin.lua": probe,
    ]
    let snapshot = RulebookSnapshot(files: files.mapValues { Array($0.utf8) })
    return Generation(
      number: number, rulebook: try RulebookLoader.load(snapshot, runSpecs: false), activatedMilliseconds: 0)
  }

  private static let probe = """
    local left = require "policies.left"
    local right = require "policies.right"

    return {
      name = "probe", version = "1.0.0",
      decisions = {
        ["probe.markers"] = {
          input = {}, output = { left = "integer", right = "integer" },
          decide = function() return { left = left.marker, right = right.marker } end,
        },
        ["probe.spin"] = { input = {}, output = {}, decide = function() while true do end end },
        ["probe.deep"] = {
          input = {}, output = {},
          decide = function()
            local function nest(text) return (text:gsub(".", nest)) end
            nest("a")
            return {}
          end,
        },
      },
    }

    """

  /// Runs `body` with lanes of generation 1 on `count` loops of their own.
  static func withLanes(
    _ count: Int, limits: RunLimits = RunLimits(), reads: HostReads = HostReads(),
    _ body: (LaneGroup) async throws -> Void
  ) async throws {
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: count)
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: generation(1), limits: limits, reads: reads)
    try await body(lanes)
    try await loops.shutdownGracefully()
  }

  /// One decision with an empty input on a lane: its JSON, or its failure's code.
  static func decide(_ point: String, on place: LaneGroup.Place) async throws -> Made {
    try await place.loop.submit {
      let lane = place.lane.value
      guard let entry = lane.decision(named: point) else { return Made(generation: 0, code: .unknownDecision) }
      let made = Array("{}".utf8).withUnsafeBytes { lane.decide(entry, input: $0, isEnveloped: false) }
      switch made.outcome.ending {
      case .result(let bytes):
        return Made(generation: made.generation, result: (try? JSON(parsing: Array(bytes))) ?? .null)
      case .failure(let failure): return Made(generation: made.generation, code: failure.code)
      case .fetch: return Made(generation: made.generation)
      }
    }.get()
  }

  /// A decision as a test looks at it.
  struct Made: Sendable {
    var generation: Int
    var result: JSON = .null
    var code: DecisionErrorCode?
  }
}
