import Core
import Decisions
import Logging
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
@testable import Server
import ServiceLifecycle
import Synchronization
import Testing

/// A decision port that runs, and what a test needs of it.
struct RunningDecisionPort: Sendable {
  var port: Int
  var lanes: LaneGroup
  var token: OperatorFixture
  /// Stops it as a signal would.
  var stop: @Sendable () async -> Void

  func client() throws -> DecisionPortClient { try DecisionPortClient(port: port) }

  /// Runs `body` with a client on a thread that may block.
  func talking<Value: Sendable>(
    _ body: @escaping @Sendable (DecisionPortClient) throws -> Value
  ) async throws -> Value {
    try await ClientThreads.run { try body(try client()) }
  }

  /// The field that says an operator asks.
  var bearer: String { "Authorization: Bearer \(token.secret)" }

  /// Makes every lane decide by these files, as generation `number`.
  func install(_ files: [String: String], number: Int) async throws {
    try await lanes.install(DecisionPortSamples.generation(files, number: number))
  }
}

/// Runs decision ports for tests.
enum DecisionPortFixture {
  /// Runs a port on two lanes while `body` uses it, then stops it.
  static func serving(
    limits: DecisionPortLimits = DecisionPortLimits(), runLimits: RunLimits = RunLimits(deadline: .seconds(20)),
    effects: (any Decisions)? = nil, gate: SuspensionGate? = nil,
    files: [String: String] = DecisionPortSamples.files, records: RecordKeeping? = nil,
    token: OperatorFixture = OperatorFixture(), lease: HostLease? = nil,
    logger: Logger = Logger(label: "decisions"), _ body: @Sendable @escaping (RunningDecisionPort) async throws -> Void
  ) async throws {
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let lanes = try await LaneGroup(
      loops: Array(loops.makeIterator()), generation: DecisionPortSamples.generation(files, number: 7),
      limits: runLimits, lease: lease)
    if let records { try await lanes.keepRecords(records) }
    try await serving(lanes, loops, limits: limits, effects: effects, gate: gate, token: token, logger: logger, body)
    try await loops.shutdownGracefully()
  }

  /// Runs a port on these lanes.
  static func serving(
    _ lanes: LaneGroup, _ loops: MultiThreadedEventLoopGroup, limits: DecisionPortLimits,
    effects: (any Decisions)? = nil, gate: SuspensionGate? = nil, token: OperatorFixture = OperatorFixture(),
    logger: Logger = Logger(label: "decisions"), _ body: @Sendable @escaping (RunningDecisionPort) async throws -> Void
  ) async throws {
    let (ports, bound) = AsyncStream.makeStream(of: Int.self)
    let policy = DecisionPortPolicy(
      origins: HostAndOriginPolicy(host: "127.0.0.1", port: 0), operators: token.guarding,
      decisions: effects, gate: gate)
    let service = DecisionPort(
      host: "127.0.0.1", port: 0, acceptor: loops.next(), lanes: lanes, laneLoops: loops, policy: policy,
      limits: limits, logger: logger
    ) { bound.yield($0.port ?? 0) }
    let group = ServiceGroup(services: [service], logger: logger)
    try await withThrowingTaskGroup { tasks in
      tasks.addTask { try await group.run() }
      let port = try #require(await ports.first { _ in true })
      let running = RunningDecisionPort(port: port, lanes: lanes, token: token) {
        await group.triggerGracefulShutdown()
      }
      do { try await body(running) } catch { Issue.record(error) }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}

/// Answers decisions with effects by what it was asked, only when the gate opens when there is one.
final class FakeEffects: Decisions {
  let asked = Mutex<[Question]>([])
  private let gate: AsyncStream<Void>?

  init(gate: AsyncStream<Void>? = nil) { self.gate = gate }

  func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    asked.withLock { $0.append(question) }
    if let gate { for await _ in gate { break } }
    guard let key = question.key else { throw .invalid("no key") }
    return Decided(id: key, generation: 7, printed: (["point": .string(question.point)] as JSON).bytes)
  }
}

/// The rulebook of these tests.
enum DecisionPortSamples {
  static let files: [String: String] = [
    "policies/left.lua": "return { marker = 7 }\n", "policies/right.lua": "return { marker = 7 }\n",
    "plugins/probe/plugin.lua": probe,
  ]

  /// The files with both policies' markers at `marker`.
  static func files(marker: Int) -> [String: String] {
    var files = files
    files["policies/left.lua"] = "return { marker = \(marker) }\n"
    files["policies/right.lua"] = "return { marker = \(marker) }\n"
    return files
  }

  static func generation(_ files: [String: String], number: Int) throws -> Generation {
    let snapshot = RulebookSnapshot(files: files.mapValues { Array($0.utf8) })
    return Generation(
      number: number, rulebook: try RulebookLoader.load(snapshot, runSpecs: false), activatedMilliseconds: 0)
  }

  static let probe = """
    local left = require "policies.left"
    local right = require "policies.right"

    return {
      name = "probe", version = "1.0.0",
      decisions = {
        ["probe.double"] = {
          input = { value = "integer" }, output = { value = "integer" },
          decide = function(input) return { value = 2 * input.value } end,
        },
        ["probe.text"] = {
          input = { length = "integer" }, output = { text = "string" },
          decide = function(input) return { text = ("x"):rep(input.length) } end,
        },
        ["probe.markers"] = {
          input = {}, output = { left = "integer", right = "integer" },
          decide = function()
            local sum = 0
            for turn = 1, 200 do sum = sum + turn end
            return { left = left.marker, right = right.marker }
          end,
        },
        ["probe.spin"] = {
          input = {}, output = {},
          decide = function() while true do end end,
        },
        ["probe.work"] = {
          input = { turns = "integer" }, output = {},
          decide = function(input) for _ = 1, input.turns do end return {} end,
        },
        ["probe.hungry"] = {
          input = {}, output = {},
          decide = function() local all = {} while true do all[#all + 1] = { #all } end end,
        },
        ["probe.broken"] = {
          input = {}, output = {},
          decide = function() error("a broken rule") end,
        },
        ["probe.wrong"] = {
          input = {}, output = { value = "integer" },
          decide = function() return { value = "no integer" } end,
        },
        ["probe.refuse"] = {
          input = {}, output = {},
          decide = function() return nil, { code = "too_poor", message = "there is nothing to pay with" } end,
        },
        ["probe.undeclared"] = {
          input = {}, output = {},
          decide = function(_, host) host.ledger.balance("citizen:somebody") return {} end,
        },
        ["probe.balance"] = {
          input = { account = "account" }, output = { known = "boolean" }, uses = { "ledger.balance" },
          decide = function(input, host) return { known = host.ledger.balance(input.account) ~= nil } end,
        },
        ["probe.secret"] = {
          input = { value = "integer" }, output = { value = "integer" }, operators = true,
          decide = function(input) return { value = 3 * input.value } end,
        },
        ["probe.pay"] = {
          input = { from = "account", amount = "amount" }, output = {},
          uses = { "ledger.post" }, debits = { "citizen:*" },
          decide = function(input, host)
            host.ledger.post { from = input.from, to = "bank", amount = input.amount }
            return {}
          end,
        },
      },
    }

    """
}

/// Requests as text.
enum Ask {
  static func head(_ method: String, _ path: String, _ fields: [String] = [], host: String = "localhost") -> String {
    (["\(method) \(path) HTTP/1.1", "Host: \(host)"] + fields + ["", ""]).joined(separator: "\r\n")
  }

  static func get(_ path: String, _ fields: [String] = []) -> String { head("GET", path, fields) }

  /// One decision; `body` is the whole envelope.
  static func decision(_ point: String, _ body: String, _ fields: [String] = []) -> String {
    head("POST", "/v1/decisions/\(point)", ["Content-Length: \(body.utf8.count)"] + fields) + body
  }

  static func double(_ value: Int, _ fields: [String] = []) -> String {
    decision("probe.double", #"{"input":{"value":\#(value)}}"#, fields)
  }

  static func batch(_ point: String, _ lines: String, _ fields: [String] = []) -> String {
    decision(point, lines, ["Content-Type: application/x-ndjson"] + fields)
  }
}
