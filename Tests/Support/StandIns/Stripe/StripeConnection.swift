internal import NIOCore
internal import NIOHTTP1

/// One connection to our own Stripe.
final class StripeConnection: ChannelInboundHandler {
  typealias InboundIn = CollectedRequest
  typealias OutboundOut = HTTPServerResponsePart

  private let stripe: FakeStripe

  init(stripe: FakeStripe) { self.stripe = stripe }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let collected = unwrapInboundIn(data)
    let head = collected.head
    let parts = head.uri.split(separator: "?", maxSplits: 1)
    let form = head.method == .POST ? String(buffer: collected.body) : parts.count > 1 ? String(parts[1]) : ""
    let request = StripeRequest(
      method: head.method, path: String(parts.first ?? ""), headers: head.headers, fields: Self.fields(form))
    answer(request, context)
  }

  private func answer(_ request: StripeRequest, _ context: ChannelHandlerContext) {
    let (fault, status, body) = stripe.take(request)
    switch fault {
    case .replyLost, .closed: context.close(promise: nil)
    case .hangs: break
    case .delayed(let delay):
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .nanoseconds(Int64(delay / .nanoseconds(1)))) {
        let (handler, context) = bound.value
        handler.write(status, [:], body, context)
      }
    case .status(_, let headers, _): write(status, headers, body, context)
    case .garbled, nil: write(status, [:], body, context)
    }
  }

  private func write(_ status: Int, _ headers: [String: String], _ body: [UInt8], _ context: ChannelHandlerContext) {
    var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
    head.headers.add(name: "content-type", value: "application/json")
    head.headers.add(name: "content-length", value: String(body.count))
    head.headers.add(name: "request-id", value: "req_fake")
    for (name, value) in headers { head.headers.add(name: name, value: value) }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  private static func fields(_ form: String) -> [(name: String, value: String)] {
    form.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: unescaped(parts[0]), value: parts.count > 1 ? unescaped(parts[1]) : "")
    }
  }

  private static func unescaped(_ text: Substring) -> String {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        out.append(value)
        rest = rest.dropFirst(2)
      } else {
        out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
