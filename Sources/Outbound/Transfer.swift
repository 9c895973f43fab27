internal import CCurl
internal import Glibc
internal import Synchronization

/// One request on its way. All but `begin`, `end` and what they guard belongs to the loop's thread.
final class Transfer: Sendable {
  typealias Outcome = Result<OutboundResponse, OutboundError>

  /// What has come of the answer.
  struct Incoming {
    var fields: [OutboundRequest.Field] = []
    var body: [UInt8] = []
    var headBytes = 0
    /// What of the answer is over its limit.
    var excess: String?
    /// How often the request was about to be sent.
    var sendings = 0
    /// What the last status line said.
    var status = 0
  }

  private enum Waiting {
    case notYet
    case waiting(CheckedContinuation<Outcome, Never>)
    case over
  }

  /// Takes a piece of the body of a 200 as it comes; false ends the transfer.
  typealias Pieces = @Sendable ([UInt8]) -> Bool

  let request: OutboundRequest
  let total: Duration
  private let pieces: Pieces?
  /// When the whole answer must be there. libcurl's own limit doesn't count while a request waits for a connection.
  let deadline: ContinuousClock.Instant
  private let limits: OutboundLimits
  private let waiting = Mutex(Waiting.notYet)
  private let incoming = Mutex(Incoming())
  private let cancellation = Atomic(false)

  init(_ request: OutboundRequest, limits: OutboundLimits, total: Duration, pieces: Pieces? = nil) {
    self.request = request
    self.pieces = pieces
    self.limits = limits
    self.total = total
    deadline = .now + total
  }

  /// Whether nobody wants the answer any more.
  var isCancelled: Bool { cancellation.load(ordering: .acquiring) }

  /// Says that nobody wants the answer any more; the loop ends the transfer when it sees it.
  func cancel() { cancellation.store(true, ordering: .releasing) }

  /// Keeps the continuation that the outcome resumes.
  func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
    waiting.withLock { $0 = .waiting(continuation) }
  }

  /// Tells whoever waits how it ended; only the first call counts.
  func end(_ outcome: Outcome) {
    let continuation: CheckedContinuation<Outcome, Never>? = waiting.withLock { waiting in
      guard case .waiting(let continuation) = waiting else { return nil }
      waiting = .over
      return continuation
    }
    continuation?.resume(returning: outcome)
  }

  /// Whether the request may go over the connection that stands now. libcurl sends a request again when a connection it
  /// had kept turns out dead; only one that changes nothing may be carried out twice.
  func mayBeSent() -> Bool {
    incoming.withLock { incoming in
      incoming.sendings += 1
      return incoming.sendings == 1 || request.method == .get
    }
  }

  /// Takes a piece of the body. False when that is too much: the transfer ends.
  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if let pieces, incoming.withLock({ $0.status }) == 200 { return pieces(unsafe Array(bytes)) }
    return incoming.withLock { incoming in
      guard bytes.count <= limits.bodyBytes - incoming.body.count else {
        incoming.excess = "the answer is over \(limits.bodyBytes) bytes"
        return false
      }
      unsafe incoming.body.append(contentsOf: bytes)
      return true
    }
  }

  /// Takes one line of a head. A status line begins another head: what an interim answer said is forgotten. False when
  /// the heads are too much.
  func receiveHead(_ line: UnsafeRawBufferPointer) -> Bool {
    incoming.withLock { incoming in
      incoming.headBytes += line.count
      guard incoming.headBytes <= limits.headBytes else {
        incoming.excess = "the answer's head is over \(limits.headBytes) bytes"
        return false
      }
      if unsafe line.starts(with: "HTTP/".utf8) {
        incoming.fields = []
        let status = unsafe line.drop { $0 != 0x20 }.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
        incoming.status = unsafe status.prefix(3).reduce(0) { $0 * 10 + Int($1 - 0x30) }
      } else if let colon = unsafe line.firstIndex(of: UInt8(ascii: ":")) {
        incoming.fields.append(
          unsafe OutboundRequest.Field(Self.text(line[..<colon]), Self.text(line[(colon + 1)...])))
      }
      return true
    }
  }

  /// The text without white space and line end around it.
  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    func isSpace(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0D, 0x20].contains(byte) }
    var rest = unsafe bytes
    while let first = unsafe rest.first, isSpace(first) { unsafe rest.removeFirst() }
    while let last = unsafe rest.last, isSpace(last) { unsafe rest.removeLast() }
    return unsafe String(decoding: rest, as: UTF8.self)
  }

  /// How it ended, after libcurl has said `code`; `status` is the answer's, `requestBytes` how much of the request has
  /// left, `systemError` the errno of the connection, or 0.
  func outcome(_ code: CURLcode, status: Int, requestBytes: Int, systemError: Int) -> Outcome {
    let incoming = incoming.withLock { $0 }
    if code == CURLE_OK {
      return .success(OutboundResponse(status: status, fields: incoming.fields, body: incoming.body))
    }
    let kind: OutboundError.Code =
      incoming.excess != nil ? .tooLarge : Self.kinds.first { $0.codes.contains(code.rawValue) }?.kind ?? .broken
    let message: String =
      switch kind {
      case .tooLarge: incoming.excess ?? ""
      case .timedOut where requestBytes == 0: "no connection came about in time"
      case .timedOut: "no whole answer came in \(total)"
      case .unreachable where systemError != 0: unsafe String(cString: strerror(Int32(truncatingIfNeeded: systemError)))
      default:
        switch code {
        case CURLE_ABORTED_BY_CALLBACK: "the connection broke before an answer came"
        case CURLE_UNSUPPORTED_PROTOCOL: "the answer is not HTTP"
        default: unsafe String(cString: curl_easy_strerror(code))
        }
      }
    return .failure(OutboundError(kind, message, wasSent: requestBytes > 0))
  }

  private static let kinds: [(kind: OutboundError.Code, codes: Set<UInt32>)] = [
    (
      .unreachable,
      [
        CURLE_COULDNT_RESOLVE_PROXY.rawValue, CURLE_COULDNT_RESOLVE_HOST.rawValue, CURLE_COULDNT_CONNECT.rawValue,
        CURLE_PROXY.rawValue,
      ]
    ),
    (
      .untrusted,
      [
        CURLE_SSL_CONNECT_ERROR.rawValue, CURLE_PEER_FAILED_VERIFICATION.rawValue, CURLE_SSL_CIPHER.rawValue,
        CURLE_SSL_CACERT_BADFILE.rawValue, CURLE_SSL_ISSUER_ERROR.rawValue, CURLE_SSL_INVALIDCERTSTATUS.rawValue,
      ]
    ),
    (.timedOut, [CURLE_OPERATION_TIMEDOUT.rawValue]),
    (.malformed, [CURLE_URL_MALFORMAT.rawValue]),
  ]
}
