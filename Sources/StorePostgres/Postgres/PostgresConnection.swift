internal import CPostgres
internal import Core
internal import Glibc

/// One connection to a PostgreSQL server, for one thread at a time. Calls block, none longer than its patience.
///
/// Statements go out together and their answers come in together (libpq's pipeline mode): a list of them takes one
/// round trip.
@safe
final class PostgresConnection {
  let pointer: OpaquePointer
  private var prepared: Set<String> = []
  /// Whether it is of no more use.
  private(set) var isBroken = false

  private static let configure = PostgresStatement(
    "configure",
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS settings (name, value)")

  /// How long a list of statements may take in all; each has the server's `statement_timeout` besides.
  static let patience: Duration = .seconds(10)

  /// Connects, and sets up the session. Throws why it can't: then there is no connection.
  init(_ address: PostgresAddress, _ session: PostgresSession) throws(PostgresFailure) {
    let pointer = unsafe Self.connect(address.parameters + session.parameters)
    guard let pointer = unsafe pointer else {
      throw PostgresFailure(state: "", message: "libpq has no memory", isBroken: true)
    }
    unsafe self.pointer = pointer
    guard unsafe PQstatus(pointer) == CONNECTION_OK, unsafe PQsetnonblocking(pointer, 1) == 0,
      unsafe PQenterPipelineMode(pointer) == 1
    else {
      isBroken = true
      throw failure()
    }
    let list = session.settings
    _ = try run(Self.configure.with(.texts(list.map(\.name)), .texts(list.map(\.value))))
  }

  deinit { unsafe PQfinish(pointer) }

  /// The server's version, such as 150004.
  var serverVersion: Int { unsafe Int(PQserverVersion(pointer)) }

  /// Runs one statement in a round trip of its own. Throws its failure.
  func run(_ query: PostgresQuery) throws(PostgresFailure) -> PostgresRows {
    guard let rows = try run([query]).first else {
      throw PostgresFailure(state: "", message: "PostgreSQL gave no answer", isBroken: true)
    }
    return rows
  }

  /// Runs statements in one round trip; their answers in order. Outside a transaction they are one. Throws the first
  /// failure: those after it weren't run, and a transaction that was open takes nothing but `ROLLBACK`.
  func run(_ queries: [PostgresQuery]) throws(PostgresFailure) -> [PostgresRows] {
    if isBroken { throw PostgresFailure(state: "", message: "the connection is closed", isBroken: true) }
    let deadline = ContinuousClock.now + Self.patience
    var preparing: [String?] = []
    for query in queries {
      let name = query.statement.name
      // One without a name is prepared each time.
      if name.isEmpty || !prepared.contains(name) && !preparing.contains(name) {
        if unsafe PQsendPrepare(pointer, name, query.statement.sql, 0, nil) == 0 { throw broken() }
        preparing.append(name)
      }
      if !send(query) { throw broken() }
      preparing.append(nil)
    }
    if unsafe PQpipelineSync(pointer) == 0 { throw broken() }
    return try receive(preparing, deadline)
  }

  /// Takes the answers: nil stands for a statement's, a name for that of preparing one.
  private func receive(
    _ expected: [String?], _ deadline: ContinuousClock.Instant
  ) throws(PostgresFailure) -> [PostgresRows] {
    var answers: [PostgresRows] = []
    var first: PostgresFailure?
    for name in expected {
      while let result = try unsafe next(deadline) {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK where name != nil:
          if let name, !name.isEmpty { prepared.insert(name) }
          unsafe PQclear(result)
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: answers.append(unsafe PostgresRows(taking: result))
        case PGRES_PIPELINE_ABORTED: unsafe PQclear(result)
        default:
          if first == nil { first = unsafe failure(result) }
          unsafe PQclear(result)
        }
      }
    }
    guard let end = try unsafe next(deadline) else { throw first ?? broken() }
    let isEnd = unsafe PQresultStatus(end) == PGRES_PIPELINE_SYNC
    unsafe PQclear(end)
    if !isEnd { throw first ?? broken() }
    if let first { throw first }
    return answers
  }

  /// The next result, as soon as it is there; nil after the last of a statement.
  func next(_ deadline: ContinuousClock.Instant) throws(PostgresFailure) -> OpaquePointer? {
    while true {
      let unsent = unsafe PQflush(pointer)
      let isOpen = unsafe PQconsumeInput(pointer) == 1
      if unsent < 0 || !isOpen { throw broken() }
      if unsafe PQisBusy(pointer) == 0 { break }
      try wait(toSend: unsent == 1, deadline)
    }
    guard let result = unsafe PQgetResult(pointer) else {
      if unsafe PQstatus(pointer) != CONNECTION_OK { throw broken() }
      return nil
    }
    return unsafe result
  }

  func wait(toSend: Bool, _ deadline: ContinuousClock.Instant) throws(PostgresFailure) {
    let left = deadline - ContinuousClock.now
    let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
    var descriptor = pollfd(
      fd: unsafe PQsocket(pointer), events: Int16(POLLIN) | (toSend ? Int16(POLLOUT) : 0), revents: 0)
    let count = unsafe poll(&descriptor, 1, Int32(clamping: max(0, milliseconds)))
    if count > 0 || count < 0 && errno == EINTR { return }
    isBroken = true
    throw PostgresFailure(state: "", message: "PostgreSQL didn't answer in time", isBroken: true)
  }

  private func send(_ query: PostgresQuery) -> Bool {
    let count = query.values.count
    var content: [UInt8] = []
    content.reserveCapacity(1 + query.values.reduce(0) { $0 + ($1.bytes?.count ?? 0) })
    var places: [Int?] = []
    for value in query.values {
      places.append(value.bytes == nil ? nil : content.count)
      if let bytes = value.bytes { content += bytes }
    }
    // So that a value without bytes has a place.
    content.append(0)
    let lengths = query.values.map { Int32($0.bytes?.count ?? 0) }
    let formats = [Int32](repeating: 1, count: count)
    return unsafe content.withUnsafeBytes { content in
      let start = unsafe content.baseAddress?.assumingMemoryBound(to: CChar.self)
      let values = unsafe places.map { place in unsafe place.flatMap { unsafe start?.advanced(by: $0) } }
      return unsafe PQsendQueryPrepared(
        pointer, query.statement.name, Int32(count), values, lengths, formats, 1) == 1
    }
  }

  /// What libpq says of the connection, which is of no more use.
  func broken() -> PostgresFailure {
    isBroken = true
    return failure()
  }

  private func failure() -> PostgresFailure {
    let message = unsafe PQerrorMessage(pointer).map { String(unsafe String(cString: $0).trimmed) } ?? ""
    return PostgresFailure(state: "", message: message, isBroken: true)
  }

  /// What a result says was wrong.
  func failure(_ result: OpaquePointer) -> PostgresFailure {
    // 'C' and 'M' of "Error and Notice Message Fields".
    let state = unsafe PQresultErrorField(result, 67).map { unsafe String(cString: $0) } ?? ""
    let message = unsafe PQresultErrorField(result, 77) ?? PQresultErrorMessage(result)
    // The session was ended, or the server goes down.
    if state.isEmpty || state == "25P03" || state.begins(with: "57P") || state.begins(with: "08") { isBroken = true }
    return PostgresFailure(
      state: state, message: unsafe message.map { String(unsafe String(cString: $0).trimmed) } ?? "", isBroken: isBroken
    )
  }

  private static func connect(_ parameters: [(name: String, value: String)]) -> OpaquePointer? {
    var names = unsafe parameters.map { unsafe UnsafePointer(strdup($0.name)) }
    var values = unsafe parameters.map { unsafe UnsafePointer(strdup($0.value)) }
    defer { unsafe (names + values).forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
    unsafe names.append(nil)
    unsafe values.append(nil)
    return unsafe PQconnectdbParams(names, values, 1)
  }
}
