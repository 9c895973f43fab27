internal import NIOCore

extension ChannelHandlerContext {
  /// Closes behind the last answer, in a way that lets the peer read it: a socket closed with unread input resets the
  /// connection. So only the output is closed; the caller drops what still comes in, and after `linger` everything is
  /// closed.
  @discardableResult
  func closeBehindAnswer(linger: Duration) -> Scheduled<Void> {
    close(mode: .output, promise: nil)
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    let late = eventLoop.scheduleTask(in: TimeAmount(linger)) { bound.value.close(promise: nil) }
    read()
    return late
  }
}
