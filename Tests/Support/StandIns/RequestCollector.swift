internal import NIOCore
internal import NIOHTTP1

/// A request with its whole body.
struct CollectedRequest {
  var head: HTTPRequestHead
  var body: ByteBuffer
}

/// Passes each request on once its body is whole.
final class RequestCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = CollectedRequest

  private var request: CollectedRequest?

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): request = CollectedRequest(head: head, body: ByteBuffer())
    case .body(var part): request?.body.writeBuffer(&part)
    case .end:
      guard let whole = request else { return }
      request = nil
      context.fireChannelRead(wrapInboundOut(whole))
    }
  }
}
