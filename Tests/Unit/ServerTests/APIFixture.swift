import Core
import Decisions
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Rulebook
import Synchronization

@testable import Server

/// A host that does what a test says, and remembers what it was asked.
final class FakeHost: HostControl {
  struct State {
    var status = APIExamples.rulebook
    var isReady = true
    var refusal: [RulebookError]?
    var reloads: [Bool] = []
    var report = ReloadReport(.activated)
    var rollbacks = 0
    var drafts: [(draft: RulebookDraft, base: String)] = []
    var savingError: RulebookSavingError?
  }

  let state = Mutex(State())

  var status: RulebookStatus { state.withLock { $0.status } }
  var decisions: [DecisionDescription] { [APIExamples.decision] }
  var doubt: String? { state.withLock { $0.status.lastReloadProblems.isEmpty ? nil : "the last reload failed" } }
  var unreadiness: String? { state.withLock { $0.isReady ? nil : "decision records can't be written" } }

  func reload(runSpecs: Bool, allowRemoval: Bool) async throws(RulebookRejected) -> RulebookStatus {
    let report = state.withLock { state in
      state.reloads.append(runSpecs)
      return state.report
    }
    var status = try next()
    status.reload = report
    return status
  }

  func save(_ draft: RulebookDraft, on base: String) async throws(RulebookSavingError) -> RulebookStatus {
    state.withLock { $0.drafts.append((draft, base)) }
    if let error = state.withLock({ $0.savingError }) { throw error }
    do throws(RulebookRejected) { return try next() } catch { throw .rejected(error) }
  }

  func rollback() async throws(RulebookRejected) -> RulebookStatus {
    state.withLock { $0.rollbacks += 1 }
    return try next()
  }

  private func next() throws(RulebookRejected) -> RulebookStatus {
    if let problems = state.withLock({ $0.refusal }) {
      state.withLock { $0.status.lastReloadProblems = problems }
      throw RulebookRejected(problems)
    }
    return state.withLock {
      $0.status.generation += 1
      return $0.status
    }
  }
}

/// A server over a ``FakeHost``, and its clients.
struct APIFixture {
  let host = FakeHost()
  let token: OperatorFixture
  let server: APIServer

  init(
    limits: APILimits = APILimits(), token: OperatorFixture = OperatorFixture(), endpoints: [Endpoint] = [],
    sights: RouteSights = RouteSights(),
    proxies: TrustedProxies = .none, accessLog: Logger? = nil, audit: @escaping APIServer.Audit = { _ in }
  ) {
    self.token = token
    server = APIServer(
      host: "127.0.0.1", port: 0, control: host, operators: token.guarding, logger: Logger(label: "api"),
      version: "1.2.3", metrics: { "cascade_rulebook_generation 7\n" },
      audit: audit, proxies: proxies, accessLog: accessLog, limits: limits, endpoints: endpoints,
      sights: sights)
  }

  /// Asks the router, without a socket; as `peer` would in digits.
  func ask(
    _ method: HTTPRequest.Method, _ uri: String, _ fields: [String: String] = [:], body: [UInt8]? = nil,
    peer: String? = nil
  ) async throws -> Reply {
    var head = HTTPFields()
    for (name, value) in fields { head.set(name, value) }
    if let body { head.set("content-length", String(body.count)) }
    let request = Request(
      head: HTTPRequest(method: method, scheme: "http", authority: "localhost", path: uri, headerFields: head),
      body: RequestBody(buffer: ByteBuffer(bytes: body ?? [])))
    let channel = EmbeddedChannel()
    channel.remoteAddress = try peer.map { try SocketAddress(ipAddress: $0, port: 1) }
    let context = APIContext(
      source: ApplicationRequestContextSource(channel: channel, logger: Logger(label: "api")))
    let response = try await server.responder.respond(to: request, context: context)
    let collected = CollectedBody()
    try await response.body.write(collected)
    return Reply(status: response.status.code, fields: response.headers, body: collected.bytes.withLock { $0 })
  }

  /// The field that makes an operator.
  var authorization: [String: String] { ["authorization": "Bearer " + token.secret] }
}

/// An answer as tests look at it.
struct Reply {
  var status: Int
  var fields: HTTPFields
  var body: [UInt8]

  var json: JSON { (try? JSON(parsing: body)) ?? .null }
  var text: String { String(decoding: body, as: UTF8.self) }
  func field(_ name: String) -> String? { fields.value(name) }
}

/// A body as it was written.
final class CollectedBody: ResponseBodyWriter {
  let bytes = Mutex<[UInt8]>([])

  func write(_ buffer: ByteBuffer) async throws {
    bytes.withLock { $0 += Array(buffer.readableBytesView) }
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
