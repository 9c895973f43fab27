/// A Lua script that runs inside Redis: one transaction. Redis forgets its scripts when it starts anew, so one that it
/// doesn't know is sent once more.
struct RedisScript: Sendable {
  private let text: String

  /// A script of this text, which no Redis has been sent.
  init(_ text: String) { self.text = text }

  /// Runs it by its hash, which Redis gives when it takes the text.
  func run(
    _ connection: RedisConnection, keys: [String], _ arguments: [[UInt8]]
  ) throws(RedisFailure) -> RedisReply {
    let rest = [Array(String(keys.count).utf8)] + keys.map { Array($0.utf8) } + arguments
    let name = connection.scripts[text] ?? []
    if !name.isEmpty {
      let reply = try connection.run([Array("EVALSHA".utf8), name] + rest)
      guard case .error(let message) = reply, message.utf8.starts(with: "NOSCRIPT".utf8) else { return reply }
    }
    let loaded = try connection.run(["SCRIPT", "LOAD", text])
    guard let hash = loaded.bytes else { throw RedisFailure(description: "Redis takes no script: \(loaded)") }
    connection.scripts[text] = hash
    return try connection.run([Array("EVALSHA".utf8), hash] + rest)
  }
}
