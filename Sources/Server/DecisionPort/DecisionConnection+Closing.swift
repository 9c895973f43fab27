internal import Decisions
internal import NIOCore

extension DecisionConnection {
  /// Closes after the answer, in a way that lets the peer read it.
  func linger(_ context: ChannelHandlerContext) {
    if case .closing = state { return }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    afterWriting(context) { wasWritten in
      let (connection, context) = bound.value
      if !wasWritten || connection.inputIsClosed { return context.close(promise: nil) }
      connection.lingering = context.closeBehindAnswer(linger: connection.limits.linger)
    }
  }

  /// Closes in a while, unless a request is under way by then: one that was sent before the client could know of the
  /// stop is answered as the connection's last.
  func closeUnlessAsked(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: TimeAmount(limits.farewell)) {
      let (connection, context) = bound.value
      if case .idle = connection.state, connection.backlog.isEmpty { connection.closeWhenWritten(context) }
    }
  }

  /// Closes when what was answered has left.
  func closeWhenWritten(_ context: ChannelHandlerContext) {
    if case .closing = state { return }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    afterWriting(context) { _ in bound.value.close(promise: nil) }
  }

  private func afterWriting(_ context: ChannelHandlerContext, _ close: @escaping @Sendable (Bool) -> Void) {
    state = .closing
    backlog.removeAll()
    if let recorder = lane.recorder, !recorder.write() { refuseUnrecorded() }
    unrecorded.removeAll()
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { result in
      if case .success = result { close(true) } else { close(false) }
    }
    context.writeAndFlush(wrapOutboundOut(out), promise: written)
    out.clear()
  }
}
