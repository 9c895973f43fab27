internal import NIOCore

/// Says that nothing came and nothing left for a while, with the event of NIO's `IdleStateHandler`, which makes a
/// promise for every write to know when it is through; this one looks at the clock, and at what is unsent only when
/// time is up.
final class SilenceWatch: ChannelDuplexHandler {
  typealias InboundIn = NIOAny
  typealias OutboundIn = NIOAny

  private let limit: TimeAmount
  private var last = NIODeadline.now()
  /// Bytes that waited for a slow reader when time was up last.
  private var unsent = 0
  private var timer: Scheduled<Void>?

  init(_ limit: TimeAmount) { self.limit = limit }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { schedule(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelActive(context: ChannelHandlerContext) {
    last = .now()
    schedule(context)
    context.fireChannelActive()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    last = .now()
    context.fireChannelReadComplete()
  }

  func flush(context: ChannelHandlerContext) {
    last = .now()
    context.flush()
  }

  private func schedule(_ context: ChannelHandlerContext) {
    timer?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(deadline: last + limit) {
      let (watch, context) = bound.value
      watch.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    if !context.channel.isActive { return }
    let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    // A reader that took some of it isn't silent.
    if waiting > 0, waiting != unsent { last = .now() }
    unsent = waiting
    if .now() - last >= limit {
      last = .now()
      schedule(context)
      context.fireUserInboundEventTriggered(IdleStateHandler.IdleStateEvent.all)
    } else {
      schedule(context)
    }
  }
}
