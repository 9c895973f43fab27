internal import NIOCore

/// Watches the clock for a connection: says when nothing came and nothing left for a while, and when a request that has
/// begun is late.
///
/// It stands before the parser, so it sees when bytes come; whoever reads the requests says what the next bytes are,
/// with ``expect(_:isBegun:)``. A request that comes in one piece costs it no look at a timer.
final class RequestWatch: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer

  /// What a client sends.
  enum Part {
    case head
    case body
  }

  /// The event of a part that has begun and is late.
  struct Late {
    var part: Part
    /// How long it was waited for, in whole seconds.
    var seconds: Int64
  }

  private let silence: TimeAmount?
  private let patience: PatienceLimits
  private let isReserved: Bool
  private var last = NIODeadline.now()
  /// Bytes that waited for a slow reader when time was up last.
  private var unsent = 0
  private var timer: Scheduled<Void>?
  private var timerDeadline = NIODeadline.distantFuture

  /// What the next bytes belong to.
  private var part = Part.head
  /// Whether some of it has come, or the client owes it.
  private var isBegun = false
  /// When that was; nil as long as nobody asked.
  private var begun: NIODeadline?
  /// Bytes that came since.
  private var bytes = 0
  private var isReading = false
  private var context: ChannelHandlerContext?

  /// A watch that tells silence after `silence`; never with nil. The connection `isReserved` when it was let in on the
  /// reserve: its first head is owed from the beginning.
  init(silence: Duration?, patience: PatienceLimits, isReserved: Bool = false) {
    self.silence = silence.map { TimeAmount($0) }
    self.patience = patience
    self.isReserved = isReserved
    isBegun = isReserved
  }

  // MARK: What is awaited

  /// From now on the next bytes belong to `part`, of which the client owes the rest when it `isBegun`.
  func expect(_ part: Part, isBegun: Bool) {
    self.part = part
    self.isBegun = isBegun
    begun = nil
    bytes = 0
    if isBegun, !isReading, let context { schedule(context) }
  }

  /// What is held back waits for this side now, or goes on; only in the latter case the client owes the rest.
  func owes(_ part: Part, _ isOwed: Bool) {
    if self.part != part || isBegun != isOwed { expect(part, isBegun: isOwed) }
  }

  /// When the part that has begun is late.
  private func due(_ now: NIODeadline) -> NIODeadline? {
    guard isBegun else { return nil }
    let since = begun ?? now
    begun = since
    return since + patience.time(for: part, after: bytes, isReserved: isReserved)
  }

  // MARK: Events

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { schedule(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    last = .now()
    schedule(context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    isBegun = true
    bytes += unwrapInboundIn(data).readableBytes
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    last = .now()
    if isBegun, let deadline = due(last), deadline < timerDeadline { schedule(context) }
    context.fireChannelReadComplete()
  }

  func flush(context: ChannelHandlerContext) {
    last = .now()
    context.flush()
  }

  // MARK: The timer

  private func schedule(_ context: ChannelHandlerContext) {
    timer?.cancel()
    let now = NIODeadline.now()
    let deadline = min(due(now) ?? .distantFuture, silence.map { last + $0 } ?? .distantFuture)
    timerDeadline = deadline
    if deadline == .distantFuture { return timer = nil }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(deadline: deadline) {
      let (watch, context) = bound.value
      watch.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    if !context.channel.isActive { return }
    let now = NIODeadline.now()
    if let deadline = due(now), let since = begun, now >= deadline {
      isBegun = false
      begun = nil
      let late = Late(part: part, seconds: (now - since).nanoseconds / 1_000_000_000)
      schedule(context)
      return context.fireUserInboundEventTriggered(late)
    }
    let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    // A reader that took some of it isn't silent.
    if waiting > 0, waiting != unsent { last = now }
    unsent = waiting
    if let silence, now - last >= silence {
      last = now
      schedule(context)
      context.fireUserInboundEventTriggered(IdleStateHandler.IdleStateEvent.all)
    } else {
      schedule(context)
    }
  }
}
