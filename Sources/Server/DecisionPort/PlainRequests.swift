internal import Decisions
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import Rulebook

/// Between the connection's bytes and the parser: requests in the plain case are decided from where their bytes stand.
///
/// From the first that is odd on, all bytes go to the parser, which comes into being with it; so what is answered, and
/// when, is as if there were only the parser.
final class PlainRequests: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// A head as it was decided for, and what was found for it.
  private struct Accepted {
    var bytes: [UInt8]
    var head: PlainHead
    var entry: LaneEntry
  }

  private enum Step {
    /// So many bytes were a request, and were answered.
    case answered(Int)
    case waits
    case odd
  }

  private let connection: DecisionConnection
  /// What came and isn't decided.
  private var held = ByteBuffer()
  /// The head of the last request: most clients send the same again.
  private var last: Accepted?
  /// The head that was read of the request whose body comes in.
  private var begun: (head: PlainHead, entry: LaneEntry)?
  private var hasParser = false
  private var context: ChannelHandlerContext?

  /// Bytes of a head that is remembered at most.
  private static let rememberedBytes = 512

  init(_ connection: DecisionConnection) { self.connection = connection }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    connection.plain = self
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    connection.plain = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if hasParser { return context.fireChannelRead(data) }
    let bytes = unwrapInboundIn(data)
    if held.readableBytes == 0 { held = bytes } else { held.writeImmutableBuffer(bytes) }
    goOn()
  }

  func channelInactive(context: ChannelHandlerContext) {
    held = ByteBuffer()
    context.fireChannelInactive()
  }

  /// What happens on the connection finds what came before with the parser.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    giveUp()
    context.fireUserInboundEventTriggered(event)
  }

  /// Decides what is there, as long as the connection isn't busy.
  func goOn() {
    if connection.isClosing { held = ByteBuffer() }
    while held.readableBytes > 0 {
      guard let place = connection.context, !connection.mustWait else {
        return connection.watch.owes(begun == nil ? .head : .body, false)
      }
      // A reference of its own, as whatever happens meanwhile may drop the other.
      let bytes = held
      switch bytes.withUnsafeReadableBytes(step) {
      case .waits: return connection.watch.owes(begun == nil ? .head : .body, true)
      case .odd: return giveUp()
      case .answered(let count): advance(count)
      }
      connection.wasHandled(place)
    }
  }

  private func advance(_ count: Int) {
    begun = nil
    connection.watch.expect(.head, isBegun: false)
    if held.readableBytes > count { held.moveReaderIndex(forwardBy: count) } else { held = ByteBuffer() }
  }

  /// Decides the request that `bytes` begin with.
  private func step(_ bytes: UnsafeRawBufferPointer) -> Step {
    guard let (head, entry) = begun ?? remembered(bytes), entry.generation == connection.lane.generation.number else {
      return begin(bytes)
    }
    guard connection.takesPlain(entry) else { return .odd }
    let end = head.length + head.contentLength
    if bytes.count < end {
      begun = (head, entry)
      return .waits
    }
    connection.answerPlain(entry, UnsafeRawBufferPointer(rebasing: bytes[head.length..<end]))
    return .answered(end)
  }

  /// The last request's head when `bytes` begin with the same.
  private func remembered(_ bytes: UnsafeRawBufferPointer) -> (head: PlainHead, entry: LaneEntry)? {
    guard let last, bytes.count >= last.bytes.count, beginsAlike(bytes, last) else { return nil }
    return (last.head, last.entry)
  }

  /// Whether `bytes` and the last request's head are the same as far as both go.
  private func beginsAlike(_ bytes: UnsafeRawBufferPointer, _ last: Accepted) -> Bool {
    last.bytes.withUnsafeBytes { known in
      guard let one = known.baseAddress, let other = bytes.baseAddress else { return false }
      return memcmp(one, other, min(known.count, bytes.count)) == 0
    }
  }

  /// Reads a head that is not as the last one.
  private func begin(_ bytes: UnsafeRawBufferPointer) -> Step {
    switch PlainHead.reading(bytes, limits: connection.limits.head) {
    // The parser finds a fault before the head is whole, so only what can't have one waits for the rest.
    case .incomplete: return last.map { beginsAlike(bytes, $0) } == true ? .waits : .odd
    case .odd: return .odd
    case .plain(let head):
      let point = String(decoding: bytes[head.point], as: UTF8.self)
      let host = String(decoding: bytes[head.host], as: UTF8.self)
      guard head.contentLength <= connection.limits.bodyBytes(forOperators: false),
        let entry = connection.policy.plainEntry(point, host: host, lane: connection.lane)
      else { return .odd }
      begun = (head, entry)
      last = nil
      if head.length <= Self.rememberedBytes {
        last = Accepted(bytes: Array(bytes[..<head.length]), head: head, entry: entry)
      }
      return step(bytes)
    }
  }

  /// From here on everything goes to the parser, beginning with what is held.
  func giveUp() {
    guard !hasParser, let context else { return }
    hasParser = true
    last = nil
    let bytes = held
    held = ByteBuffer()
    do {
      let parser = ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: connection.limits.head.decoding))
      try context.pipeline.syncOperations.addHandler(parser, position: .after(self))
    } catch {
      return context.close(promise: nil)
    }
    if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
  }
}
