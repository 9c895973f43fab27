package import Core
internal import Decisions
internal import Hummingbird
internal import Ledger
internal import Logging

/// What the routes of records do.
package struct RecordHandlers: Sendable {
  /// What rules that decide along made of a record; nil when none did.
  package typealias Verdict = @Sendable (Identifier) async throws -> JSON?

  /// How long a page is.
  static let pageSize = PageSize(most: RecordLimits.pageRecords)

  /// Where records are found.
  var records: DecisionRecords
  /// Tells what a shadow made of a record.
  var verdict: Verdict

  /// A page: `{"records":[…],"next":"…"}`.
  func page(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = request.uri.queryParameters
    let limit = try Self.pageSize.read(request)
    var before: Identifier?
    if let text = query["before"] {
      guard let id = Identifier(text) else { throw Self.invalid("before wants a record's id, a UUID, got '\(text)'") }
      before = id
    }
    let since = try query["since"].map { try Self.lowest("since", String($0)) }
    if let until = try query["until"].map({ try Self.lowest("until", String($0)) }) {
      before = min(before ?? until, until)
    }
    let filter = try Self.filter(query)
    return try await asking(context) { [before] in
      let page = try await records.page(filter, since: since, before: before, limit: limit)
      let next = page.next.map { JSON.string($0.description) } ?? .null
      return Response(json: ["records": .array(page.records), "next": next])
    }
  }

  private static func filter(_ query: Parameters) throws(ProblemDocument) -> RecordFilter {
    var filter = RecordFilter(
      point: query["point"].map { String($0) }, subject: query["subject"].map { String($0) })
    filter.reason = query["reason"].map { String($0) }
    if let text = query["refused"] {
      guard text == "true" || text == "false" else { throw invalid("refused wants true or false, got '\(text)'") }
      filter.isRefused = text == "true"
    }
    if let text = query["where"] {
      guard let member = RecordFilter.Member(String(text)) else {
        throw invalid("where wants PATH=VALUE, such as result.tier=observer, got '\(text)'")
      }
      filter.member = member
    }
    return filter
  }

  /// The lowest id of this time.
  private static func lowest(_ name: String, _ text: String) throws(ProblemDocument) -> Identifier {
    guard let time = Int64(text), (0..<1 << 48).contains(time) else {
      throw invalid("\(name) wants milliseconds since 1970, got '\(text)'")
    }
    return Identifier(high: UInt64(time) << 16, low: 0)
  }

  /// The record with this id.
  func record(named text: String, _ context: APIContext) async throws -> Response {
    let missing = ProblemDocument(.notFound, "there is no record '\(text)'")
    guard let id = Identifier(text) else { throw missing }
    return try await asking(context) {
      guard let bytes = try await records.record(id) else { return Response(missing) }
      guard let verdict = try await verdict(id), bytes.last == UInt8(ascii: "}") else {
        return Response(bytes: bytes, mediaType: "application/json")
      }
      // The record's own bytes stay as they are, up to the brace at their end.
      let joined = bytes.dropLast() + Array(#","shadow":"#.utf8) + verdict.bytes + [UInt8(ascii: "}")]
      return Response(bytes: Array(joined), mediaType: "application/json")
    }
  }

  /// Runs `body`; what keeps records from being read becomes a problem, and its cause goes to the log.
  private func asking(
    _ context: APIContext, _ body: () async throws -> Response
  ) async throws(ProblemDocument) -> Response {
    do {
      return try await body()
    } catch let error as StoreError {
      context.logger.error("records can't be read", metadata: ["code": "\(error.code)", "error": "\(error)"])
      if error.code != .io && error.code != .corrupt { throw ProblemDocument(error) }
    } catch {
      context.logger.error("records can't be read", metadata: ["error": "\(error)"])
    }
    throw ProblemDocument(.unavailable, "records can't be read; the server's log says why")
  }

  private static func invalid(_ detail: String) -> ProblemDocument {
    ProblemDocument(.invalidInput, detail)
  }
}
