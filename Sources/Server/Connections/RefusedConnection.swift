internal import NIOCore

extension Channel {
  /// Tells the client of a connection for which there is no place to come back, and closes. On the channel's loop,
  /// before anything else is added to it.
  func refuse(linger: Duration) throws {
    var out = allocator.buffer(capacity: 512)
    var date = DateField()
    out.writeProblem(ConnectionPlaces.refusal, date: date.value(), keepsAlive: false)
    try pipeline.syncOperations.addHandler(RefusedConnection())
    writeAndFlush(out).whenComplete { _ in self.close(mode: .output, promise: nil) }
    let late = eventLoop.scheduleTask(in: TimeAmount(linger)) { self.close(promise: nil) }
    closeFuture.whenComplete { _ in late.cancel() }
  }
}

/// Drops what a refused peer sends until it has read why, as a socket closed with unread input resets the connection.
private final class RefusedConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
