package import Core
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A server that answers as Venice does, traps included, and fails as it is told.
package final class StandInVenice: Sendable {
  /// How requests are answered.
  package enum Mode: Sendable {
    /// As Venice does when all is well.
    case usual
    /// Everybody is invented, as when what lies behind Venice fails: 200 with `_fallback`.
    case fallback
    /// Everybody is a sample: 200 with `isDemo`.
    case demo
    /// This status with `{"success":false,"error":…}`.
    case failing(Int)
    /// These bytes as they are; then the connection is closed.
    case raw(String)
    /// Not at all.
    case hanging
    /// The head, half of the body, and then nothing.
    case trickling
    /// The usual answer, when ``release()`` is called.
    case held
    /// What is asked is done, but nothing comes back and the connection is closed.
    case replyLost
  }

  private struct State {
    var mode = Mode.usual
    var citizens: [String: JSON] = [:]
    var relationships: [JSON] = []
    var askedUnknown: Set<String> = []
    var requests: [String] = []
    var authorizations: [String?] = []
    var traces: [String?] = []
    var held: [@Sendable () -> Void] = []
    var bodies: [String] = []
    var transfers: [VeniceTransfer] = []
  }

  private let state = Mutex(State())
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let channel: any Channel

  /// Starts on a free port of the loopback.
  package init() async throws {
    let holder = Holder()
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 64)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            ByteToMessageHandler(HTTPRequestDecoder()), RequestCollector(), StandInHandler(holder: holder))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    holder.venice.withLock { $0 = self }
  }

  /// Where it listens, as a base for paths.
  package var baseURL: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/api" }

  /// The paths it was asked for, in order.
  package var requests: [String] { state.withLock { $0.requests } }
  /// The `Authorization` of each request.
  package var authorizations: [String?] { state.withLock { $0.authorizations } }

  /// The `traceparent` of each request.
  package var traces: [String?] { state.withLock { $0.traces } }

  /// The bodies of what was posted, in order.
  package var bodies: [String] { state.withLock { $0.bodies } }
  /// The ducats it has moved, in order; each id stands for one transfer, however often it comes.
  package var transfers: [VeniceTransfer] { state.withLock { $0.transfers } }

  /// Answers so from now on.
  package func answer(_ mode: Mode) { state.withLock { $0.mode = mode } }

  /// Lets a citizen with these members live in Venice; `inVenice` is true unless given.
  package func put(_ username: String, _ members: JSON = [:]) {
    var object = JSON.Object([("citizenId", .string("id-" + username)), ("username", .string(username))])
    object["inVenice"] = true
    for member in members.object?.members ?? [] { object[member.name] = member.value }
    state.withLock { $0.citizens[username] = .object(object) }
  }

  /// Takes a citizen away.
  package func remove(_ username: String) { state.withLock { $0.citizens[username] = nil } }

  /// Adds a relationship.
  package func relate(_ first: String, _ second: String, trust: JSON, strength: JSON) {
    let row: JSON = [
      "id": .string("\(first)-\(second)"), "citizen1": .string(first), "citizen2": .string(second),
      "trustScore": trust, "strengthScore": strength, "lastInteraction": "2026-01-01T00:00:00Z",
    ]
    state.withLock { $0.relationships.append(row) }
  }

  /// Answers what is held.
  package func release() {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    for answer in held { answer() }
  }

  /// Waits until so many requests came.
  package func waitForRequests(_ count: Int) async throws {
    while requests.count < count { try await Task.sleep(for: .milliseconds(2)) }
  }

  /// Ends it.
  package func stop() async {
    try? await channel.close()
    try? await group.shutdownGracefully()
  }

  /// What the handler is to do about a request.
  enum Action {
    case send(String)
    case nothing
  }

  func handle(
    _ uri: String, authorization: String?, trace: String?, body: String?, later: @escaping @Sendable (String) -> Void
  ) -> Action {
    state.withLock { state in
      state.requests.append(uri)
      state.authorizations.append(authorization)
      state.traces.append(trace)
      if let body { state.bodies.append(body) }
      switch state.mode {
      case .hanging: return .nothing
      case .raw(let text): return .send(text)
      case .failing(let status): return .send(Self.response(status, ["success": false, "error": "failed"]))
      case .trickling:
        let whole = Self.response(200, ["success": true, "citizen": ["username": "half", "inVenice": true]])
        return .send(String(whole.dropLast(20)))
      case .held:
        let answer = Self.usual(uri, body, &state)
        state.held.append { later(answer) }
        return .nothing
      case .usual: return .send(Self.usual(uri, body, &state))
      case .replyLost:
        _ = Self.usual(uri, body, &state)
        return .send("")
      case .fallback, .demo:
        let mark = if case .demo = state.mode { "isDemo" } else { "_fallback" }
        let citizen: JSON = [
          "username": .string(Self.name(uri)), "socialClass": "Nobili", "inVenice": true, "ducats": 1_000_000,
        ]
        let body = JSON.Object([("success", true), ("citizen", citizen), ("relationships", []), (mark, true)])
        return .send(Self.response(200, .object(body)))
      }
    }
  }

  private static func usual(_ uri: String, _ body: String?, _ state: inout State) -> String {
    if let body { return stratagem(uri, body, &state) }
    if let query = uri.split(separator: "?").dropFirst().first { return relationship(String(query), state) }
    if uri.hasSuffix("/relationships") {
      let sorted = state.relationships.sorted {
        ($0["strengthScore"]?.number ?? 0) > ($1["strengthScore"]?.number ?? 0)
      }
      return response(200, ["success": true, "relationships": .array(Array(sorted.prefix(100)))])
    }
    let name = name(uri)
    if let citizen = state.citizens[name] { return response(200, ["success": true, "citizen": citizen]) }
    // An unknown citizen is 404 once; then a cache answers.
    if state.askedUnknown.insert(name).inserted {
      return response(404, ["success": false, "error": "Citizen not found"])
    }
    return response(200, ["success": true, "citizen": .null, "_cached": true])
  }

  /// Moves ducats once for each id.
  private static func stratagem(_ uri: String, _ body: String, _ state: inout State) -> String {
    let json = (try? JSON(parsing: Array(body.utf8))) ?? .null
    let details = json["stratagemDetails"] ?? .null
    guard uri.hasSuffix("/stratagems/try-create"), json["stratagemType"] == "transfer_ducats",
      let id = details["stratagemId"]?.string, let payer = json["citizenUsername"]?.string,
      let payee = details["targetCitizenUsername"]?.string, let amount = details["amount"]?.number, amount > 0
    else { return response(400, ["success": false, "error": "Invalid request"]) }
    guard state.citizens[payee] != nil else {
      return response(404, ["success": false, "error": .string("Target citizen '\(payee)' not found")])
    }
    let transfer = VeniceTransfer(id: id, payer: payer, payee: payee, ducats: amount)
    let earlier = state.transfers.first { $0.id == id }
    if let earlier, earlier != transfer {
      return response(422, ["success": false, "error": "the id stands for another transfer"])
    }
    if earlier == nil { state.transfers.append(transfer) }
    return response(
      200, ["success": true, "stratagemId": .string(id), "alreadyExists": .bool(earlier != nil)])
  }

  private static func relationship(_ query: String, _ state: State) -> String {
    let names = query.split(separator: "&").map { String($0.split(separator: "=").last ?? "") }
    let row = state.relationships.first { row in
      row["citizen1"]?.string == decoded(names.first ?? "") && row["citizen2"]?.string == decoded(names.last ?? "")
    }
    return response(200, ["success": true, "relationship": row ?? .null])
  }

  private static func name(_ uri: String) -> String { decoded(String(uri.split(separator: "/").last ?? "")) }

  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func response(_ status: Int, _ json: JSON) -> String {
    let body = json.text
    return "HTTP/1.1 \(status) Answer\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
      + body
  }
}

/// Ducats that went from one citizen to another.
package struct VeniceTransfer: Sendable, Equatable {
  /// What it is known by.
  package var id: String
  /// Who paid.
  package var payer: String
  /// Who got them.
  package var payee: String
  /// How many, as Venice counts.
  package var ducats: Double

  /// A transfer.
  package init(id: String, payer: String, payee: String, ducats: Double) {
    self.id = id
    self.payer = payer
    self.payee = payee
    self.ducats = ducats
  }
}

/// Who handles requests, known a moment after the server is.
final class Holder: Sendable {
  let venice = Mutex<StandInVenice?>(nil)
}

/// Reads requests, writes text.
final class StandInHandler: ChannelInboundHandler {
  typealias InboundIn = CollectedRequest
  typealias OutboundOut = ByteBuffer

  private let holder: Holder

  init(holder: Holder) { self.holder = holder }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let request = unwrapInboundIn(data)
    guard let venice = holder.venice.withLock({ $0 }) else { return }
    let channel = context.channel
    let authorization = request.head.headers.first(name: "authorization")
    let posted = request.head.method == .POST ? String(buffer: request.body) : nil
    let trace = request.head.headers.first(name: "traceparent")
    let action = venice.handle(request.head.uri, authorization: authorization, trace: trace, body: posted) { text in
      channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }
    guard case .send(let text) = action else { return }
    let isWhole = text.contains("content-length")
    let sent = channel.writeAndFlush(ByteBuffer(string: text))
    if !isWhole { sent.whenComplete { _ in channel.close(promise: nil) } }
  }
}
