internal import CRedis
internal import Core
internal import Cryptography
internal import Glibc

/// An answer of Redis to one command.
enum RedisReply: Sendable, Equatable {
  case null
  case integer(Int64)
  case bytes([UInt8])
  case list([RedisReply])
  /// An answer that says what was wrong with a command.
  case error(String)

  /// The bytes of a text or a status.
  var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  /// A number, also one that is written as a text.
  var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
    default: nil
    }
  }
  /// The elements of a list, none for anything else.
  var list: [RedisReply] { if case .list(let list) = self { list } else { [] } }
}

/// Redis can't be reached, or didn't answer in time.
struct RedisFailure: Error, CustomStringConvertible {
  var description: String
}

/// One connection to a Redis, for one thread at a time. Calls block, none longer than ``patience``.
@safe
final class RedisConnection {
  private let context: UnsafeMutablePointer<redisContext>
  /// The hashes of the scripts that Redis has been given.
  var scripts: [String: [UInt8]] = [:]
  /// How long a connection and an answer may take: less than anybody would wait for what Redis only makes cheaper.
  static let patience: Duration = .milliseconds(250)

  /// Connects, gives the password and picks the database.
  init(_ address: RedisAddress) throws(RedisFailure) {
    let limit = timeval(tv_sec: 0, tv_usec: Int(Self.patience.microseconds))
    guard let context = unsafe redisConnectWithTimeout(address.host, address.port, limit) else {
      throw RedisFailure(description: "hiredis has no memory")
    }
    unsafe self.context = context
    let isConnected = unsafe context.pointee.err == 0
    if !isConnected { throw failure() }
    unsafe redisSetTimeout(context, limit)
    unsafe redisEnableKeepAlive(context)
    if let password = address.password {
      // Redis's own message may repeat what it was given.
      let reply = try password.withBytes { (bytes) throws(RedisFailure) in try run([Array("AUTH".utf8), bytes]) }
      if case .error = reply { throw RedisFailure(description: "Redis refuses the password") }
    }
    if address.database != 0, case .error(let message) = try run(["SELECT", String(address.database)]) {
      throw RedisFailure(description: message)
    }
  }

  deinit { unsafe redisFree(context) }

  /// Runs a command of texts.
  func run(_ command: [String]) throws(RedisFailure) -> RedisReply { try run(command.map { Array($0.utf8) }) }

  /// Runs a command. Throws when there is no answer; then the connection is of no more use.
  func run(_ command: [[UInt8]]) throws(RedisFailure) -> RedisReply {
    try append(command)
    return try receive()
  }

  /// Puts a command with the others that go out with the next ``receive()``.
  func append(_ command: [[UInt8]]) throws(RedisFailure) {
    let all = Array(command.joined()) + [0]
    let lengths = command.map(\.count)
    let status = unsafe all.withUnsafeBytes { all in
      let start = unsafe all.baseAddress?.assumingMemoryBound(to: CChar.self)
      var parts: [UnsafePointer<CChar>?] = unsafe []
      var place = 0
      for length in lengths {
        unsafe parts.append(start?.advanced(by: place))
        place += length
      }
      return unsafe redisAppendCommandArgv(context, Int32(lengths.count), &parts, lengths)
    }
    if status != REDIS_OK { throw failure() }
  }

  /// Sends what was appended and waits for the next answer.
  func receive() throws(RedisFailure) -> RedisReply {
    var pointer: UnsafeMutableRawPointer?
    let status = unsafe redisGetReply(context, &pointer)
    guard status == REDIS_OK, let reply = unsafe pointer else { throw failure() }
    defer { unsafe freeReplyObject(reply) }
    return unsafe Self.read(reply.assumingMemoryBound(to: redisReply.self))
  }

  /// Whether something has come in, or comes within this time.
  func hasInput(within milliseconds: Int32) -> Bool {
    var descriptor = unsafe pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&descriptor, 1, milliseconds) > 0
  }

  private static func read(_ reply: UnsafePointer<redisReply>) -> RedisReply {
    let content = unsafe reply.pointee
    switch unsafe content.type {
    case REDIS_REPLY_INTEGER: return unsafe .integer(content.integer)
    case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: return unsafe .bytes(bytes(content))
    case REDIS_REPLY_ERROR: return unsafe .error(String(decoding: bytes(content), as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      var list: [RedisReply] = []
      for index in unsafe 0..<content.elements {
        if let element = unsafe content.element[index] { unsafe list.append(read(element)) }
      }
      return .list(list)
    default: return .null
    }
  }

  private static func bytes(_ content: redisReply) -> [UInt8] {
    unsafe content.str.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: content.len)) } ?? []
  }

  private func failure() -> RedisFailure {
    let text = unsafe withUnsafeBytes(of: &context.pointee.errstr) { unsafe Array($0.prefix { $0 != 0 }) }
    return RedisFailure(description: String(decoding: text, as: UTF8.self))
  }
}
