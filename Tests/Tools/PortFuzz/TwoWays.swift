internal import Core
internal import Cryptography
internal import Decisions
internal import Foundation
internal import Logging
internal import LuaRuntime
internal import NIOCore
internal import NIOEmbedded
internal import Rulebook
internal import Server
internal import Tokens

/// The decision port as it is, and one where the parser reads everything.
final class TwoWays {
  /// Answers that were the same.
  private(set) var answers = 0
  /// Streams that never needed the parser.
  private(set) var plainStreams: UInt64 = 0

  private let lanes: [Lane]
  private let policy: DecisionPortPolicy
  private let limits = DecisionPortLimits()

  init() throws {
    try ThreadStack.setDefault()
    let data = FileManager.default.temporaryDirectory.appending(path: "port-fuzz-\(SecureRandom.word())").path
    defer { try? FileManager.default.removeItem(atPath: data) }
    let issuer = try Issuer(
      name: "http://127.0.0.1:8080", ring: KeyDirectory(data: data).ring, now: WallClock.milliseconds())
    policy = DecisionPortPolicy(
      origins: HostAndOriginPolicy(host: "127.0.0.1", port: 80),
      operators: OperatorGuard(
        AccessVerifier(issuer, revoked: nil),
        logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }))
    let snapshot = RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(Self.probe.utf8)])
    let generation = Generation(
      number: 1, rulebook: try RulebookLoader.load(snapshot, runSpecs: false), activatedMilliseconds: 0)
    lanes = try (0..<2).map {
      Lane(
        number: $0, generation: generation, machine: try generation.makeMachine(),
        limits: RunLimits(deadline: .seconds(20)))
    }
  }

  private static let probe = """
    local function double(input) return { value = 2 * input.value } end
    return {
      name = "probe", version = "1.0.0",
      decisions = {
        ["probe.double"] = { input = { value = "integer" }, output = { value = "integer" }, decide = double },
        ["probe.secret"] = {
          input = { value = "integer" }, output = { value = "integer" }, operators = true, decide = double },
        ["probe.pay"] = {
          input = { value = "integer" }, output = { value = "integer" },
          uses = { "ledger.post" }, debits = { "citizen:*" }, decide = double },
      },
    }
    """

  /// Sends `stream` both ways; says where the answers differ, nil when they are the same after each piece.
  func difference(_ stream: Stream) throws -> String? {
    let connections = try lanes.enumerated().map { number, lane in
      try Connection(lane, policy, limits, parsesAll: number == 1)
    }
    for (number, piece) in stream.pieces.enumerated() {
      let both = connections.map { $0.send(piece) }
      if both[0] != both[1] { return Self.difference(both, "behind piece \(number)") }
    }
    if stream.endsInput {
      let both = connections.map { $0.endInput() }
      if both[0] != both[1] { return Self.difference(both, "behind the end") }
    }
    if connections[0].isOpen != connections[1].isOpen { return "only one is still open" }
    answers += connections[0].answers
    if connections[0].isOpen, !connections[0].hasParser { plainStreams += 1 }
    connections.forEach { $0.close() }
    return nil
  }

  private static func difference(_ both: [[UInt8]], _ place: String) -> String {
    let texts = both.map { String(decoding: $0, as: UTF8.self).debugDescription }
    return "\(place) \(texts[0]), but \(texts[1]) of the parser"
  }
}

/// A connection without a socket.
private final class Connection {
  private let channel = EmbeddedChannel()
  private(set) var answers = 0

  init(_ lane: Lane, _ policy: DecisionPortPolicy, _ limits: DecisionPortLimits, parsesAll: Bool) throws {
    try DecisionPort.configure(channel, lane: lane, policy: policy, limits: limits, parsesAll: parsesAll)
    channel.connect(to: try SocketAddress(unixDomainSocketPath: "/fuzz"), promise: nil)
  }

  /// Whether it still takes requests.
  var isOpen: Bool { channel.isActive }

  /// Whether bytes go to the parser.
  var hasParser: Bool { DecisionPort.hasParser(channel) }

  /// What is answered when these bytes come, with nothing that is another each time.
  func send(_ bytes: [UInt8]) -> [UInt8] {
    if channel.isActive { _ = try? channel.writeInbound(ByteBuffer(bytes: bytes)) }
    return answer()
  }

  /// What is answered when no more bytes can come.
  func endInput() -> [UInt8] {
    if channel.isActive { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    return answer()
  }

  func close() { _ = try? channel.finish(acceptAlreadyClosed: true) }

  private func answer() -> [UInt8] {
    channel.embeddedEventLoop.run()
    var bytes: [UInt8] = []
    while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
    if !bytes.isEmpty { answers += 1 }
    // A request id that begins so was made here, from the clock; one that was brought goes back as it came.
    return Self.hiding(
      ["\"decision_id\":\"", "\r\ndate: ", "\r\ncontent-length: ", "\"nanoseconds\":", "\r\nx-request-id: 01"],
      in: bytes)
  }

  /// `bytes` without what stands behind these names, up to a quotation mark, a brace or the line's end.
  private static func hiding(_ names: [StaticString], in bytes: [UInt8]) -> [UInt8] {
    var shown: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let name = names.first { name in
        place + name.utf8CodeUnitCount <= bytes.count
          && (0..<name.utf8CodeUnitCount).allSatisfy { bytes[place + $0] == name.utf8Start[$0] }
      }
      let end = place + (name?.utf8CodeUnitCount ?? 1)
      shown += bytes[place..<end]
      place = end
      guard name != nil else { continue }
      while place < bytes.count, !ends.contains(bytes[place]) { place += 1 }
    }
    return shown
  }

  private static let ends = Array("\"}\r".utf8)
}
