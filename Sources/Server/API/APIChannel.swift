internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// A connection of the API port: Hummingbird's, with a ``RequestGate`` right behind the parser.
struct APIChannel: HTTPChannelHandler {
  typealias Value = HTTP1Channel.Value

  private let channel: HTTP1Channel
  private let limits: APILimits
  private let bodies: BodyLimits
  private let places: ConnectionPlaces

  var responder: Responder { channel.responder }

  init(responder: @escaping Responder, limits: APILimits, bodies: BodyLimits, places: ConnectionPlaces) {
    self.limits = limits
    self.bodies = bodies
    self.places = places
    channel = HTTP1Channel(
      responder: responder,
      configuration: HTTP1Channel.Configuration(
        idleTimeout: TimeAmount(limits.idle),
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: limits.head.fieldBytes, maxHeaderListSize: limits.head.bytes,
          maxHeaderFieldCount: limits.head.fields)))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    let (limits, bodies, places) = (limits, bodies, places)
    let admission = places.admit(channel)
    return self.channel.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      let watch = RequestWatch(silence: nil, patience: limits.patience, isReserved: admission == .reserved)
      let gate = RequestGate(limits: limits, bodies: bodies, watch: watch, places: places)
      try pipeline.addHandler(gate, position: .after(parser))
      try pipeline.addHandler(watch, position: .first)
      if admission == .refused { gate.refuse(ConnectionPlaces.refusal) }
      return value
    }
  }

  func handle(value: Value, logger: Logger) async { await channel.handle(value: value, logger: logger) }
}
