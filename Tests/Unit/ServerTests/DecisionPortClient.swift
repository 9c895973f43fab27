import Core
import Glibc
import NIOCore
import NIOPosix

/// A client that writes and reads bytes as a test says, on a blocking socket.
///
/// Unchecked as no lock guards it: a test uses it from one thread after the other, never from two.
final class DecisionPortClient: @unchecked Sendable {
  struct Failure: Error {
    var call: String
    var code: Int32
  }

  private let socket: Int32
  private var received: [UInt8] = []

  /// Connects to loopback. What takes longer than two minutes fails.
  init(port: Int, receiveBufferBytes: Int32? = nil) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var on: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    if var receiveBufferBytes { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receiveBufferBytes, 4) }
    let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
    let status = address.withSockAddr { connect(socket, $0, socklen_t($1)) }
    if status != 0 { throw Failure(call: "connect", code: errno) }
  }

  deinit { close(socket) }

  /// Sends everything.
  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends everything.
  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { throw Failure(call: "send", code: errno) }
      sent += count
    }
  }

  /// Sends what the socket takes at once, and gives how much that was; 0 when it takes nothing now.
  func sendSome(_ bytes: ArraySlice<UInt8>) -> Int {
    let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
    return max(0, bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, flags) })
  }

  /// Says that nothing more will be sent.
  func closeOutput() { shutdown(socket, Int32(SHUT_WR)) }

  /// Goes away at once, whatever is on its way.
  func reset() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    shutdown(socket, Int32(SHUT_RDWR))
  }

  /// The next bytes; empty at the end.
  func receive() throws -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(socket, &chunk, chunk.count, 0)
    if count < 0 { throw Failure(call: "recv", code: errno) }
    return Array(chunk[..<count])
  }

  /// Everything until the server closes.
  func rest() throws -> [UInt8] {
    var all = received
    received = []
    while true {
      let chunk = try receive()
      if chunk.isEmpty { return all }
      all += chunk
    }
  }

  /// Whether the server has closed, or closes before the time is up, without a further byte.
  func isClosed() -> Bool { received.isEmpty && (try? receive()) == [] }

  /// The next response. One to `HEAD` has no body.
  func response(toHead: Bool = false) throws -> Response {
    var lines: [String] = []
    while true {
      let line = try line()
      if line.isEmpty { break }
      lines.append(line)
    }
    var response = Response(lines: lines)
    if toHead || response.status == 100 { return response }
    if response.field("transfer-encoding") == "chunked" {
      while true {
        let size = Int(try line(), radix: 16) ?? 0
        response.body += try take(size)
        _ = try line()
        if size == 0 { return response }
      }
    } else if let length = response.field("content-length").flatMap(Int.init) {
      response.body = try take(length)
    } else {
      response.body = try rest()
    }
    return response
  }

  /// Sends a request and reads its response.
  func ask(_ request: String) throws -> Response {
    try send(request)
    return try response(toHead: request.hasPrefix("HEAD "))
  }

  private func line() throws -> String {
    while true {
      if let end = received.firstIndex(of: 0x0A) {
        let line = received[..<end].dropLast()
        let text = String(decoding: line, as: UTF8.self)
        received.removeFirst(end + 1)
        return text
      }
      try more()
    }
  }

  private func take(_ count: Int) throws -> [UInt8] {
    while received.count < count { try more() }
    let bytes = Array(received[..<count])
    received.removeFirst(count)
    return bytes
  }

  private func more() throws {
    let chunk = try receive()
    if chunk.isEmpty { throw Failure(call: "end", code: 0) }
    received += chunk
  }
}

extension DecisionPortClient {
  /// A response as it came.
  struct Response {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    init(lines: [String]) {
      status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        fields.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
      }
    }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var code: String? { json["code"]?.string }
    /// The lines of an NDJSON body.
    var lines: [JSON] {
      body.split(separator: 0x0A).map { (try? JSON(parsing: Array($0))) ?? .null }
    }
  }
}

/// Threads for clients that block, so that they never hold the pool that serves.
enum ClientThreads {
  private static let pool: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 24)
    pool.start()
    return pool
  }()

  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await pool.runIfActive(body)
  }
}
