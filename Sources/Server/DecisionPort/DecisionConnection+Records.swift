internal import Core
internal import Decisions
internal import NIOCore
internal import NIOHTTP1

/// Nothing is decided that can't be taken down: when the log of records is full, requests wait for room, and those for
/// which none comes are told to come back.
extension DecisionConnection {
  /// What those are told.
  static let noRoom = ProblemDocument(
    .unavailable, "the log of records is full; try again", headers: [("retry-after", "1")])

  /// Whether what a request asks for may be decided now; when it may not, the request waits, or was refused.
  func hasRoom(for head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
    if hasRoom { return true }
    if isOutOfPatience {
      respond(Self.noRoom, context)
    } else {
      backlog.prepend(.head(head))
      waitForRoom(context)
    }
    return false
  }

  /// Whether the log has room, as far as this connection needs it.
  var hasRoom: Bool {
    guard let recorder = lane.recorder, !recorder.mayGoOn() else {
      isOutOfPatience = false
      return true
    }
    return false
  }

  /// Goes on when there is room, or when patience is at its end.
  func waitForRoom(_ context: ChannelHandlerContext) {
    guard let log = lane.recorder?.log, !waitsForRoom else { return }
    waitsForRoom = true
    let loop = context.eventLoop
    let bound = NIOLoopBound((self, context), eventLoop: loop)
    let ticket = log.whenRoom {
      loop.execute { bound.value.0.stopWaiting(isOutOfPatience: false, bound.value.1) }
    }
    patience = loop.scheduleTask(in: TimeAmount(limits.patience)) {
      log.stopWaiting(ticket)
      bound.value.0.stopWaiting(isOutOfPatience: true, bound.value.1)
    }
  }

  private func stopWaiting(isOutOfPatience: Bool, _ context: ChannelHandlerContext) {
    // Both the log and the clock say so; the second to come is late.
    guard waitsForRoom else { return }
    waitsForRoom = false
    patience?.cancel()
    patience = nil
    self.isOutOfPatience = isOutOfPatience
    proceed(context)
  }
}
