internal import Core
internal import Decisions
internal import Hummingbird
internal import Logging
internal import Rulebook

/// What the routes of backtests do.
struct BacktestHandlers: Sendable {
  /// The backtests of this host.
  var book: BacktestBook

  /// `{"candidate":…}` → 202 with the backtest and where it is.
  func begin(_ request: Request, _ context: APIContext) async throws -> Response {
    let order = try BacktestOrder(
      request: await request.json(limits: JSON.ParsingLimits(bytes: BacktestLimits.requestBytes)))
    let id: Identifier
    do {
      id = try await book.begin(order)
    } catch let refusal as BacktestBook.Refusal {
      throw ProblemDocument(refusal)
    } catch let error as RulebookRejected {
      throw ProblemDocument(error)
    } catch {
      context.logger.error("a candidate can't be loaded", metadata: ["error": "\(error)"])
      throw ProblemDocument(.unavailable, "the candidate can't be read; the server's log says why")
    }
    var response = Response(json: book.json(id) ?? .null, status: 202)
    response.headers.set("location", "/v1/backtests/\(id)")
    return response
  }

  /// The backtest that the path names.
  func backtest(_ context: APIContext) throws(ProblemDocument) -> Response {
    guard let json = book.json(try id(context)) else { throw try missing(context) }
    return Response(json: json)
  }

  /// Ends and forgets it.
  func remove(_ context: APIContext) async throws(ProblemDocument) -> Response {
    let id = try id(context)
    guard await book.remove(id) else { throw try missing(context) }
    return Response(json: ["id": .string(id.description)])
  }

  /// A page: `{"flips":[…],"next":"…","all":true}`
  func flips(_ request: Request, _ context: APIContext) throws(ProblemDocument) -> Response {
    guard let flips = book.flips(try id(context)) else { throw try missing(context) }
    let query = request.uri.queryParameters
    let limit = try RecordHandlers.pageSize.read(request)
    var kind: BacktestClass?
    if let text = query["class"] {
      guard let named = BacktestClass(rawValue: String(text)) else {
        let names = BacktestClass.allCases.map(\.rawValue).joined(separator: ", ")
        throw Self.invalid("class has no '\(text)'; there are \(names)")
      }
      kind = named
    }
    var after: Identifier?
    if let text = query["after"] {
      guard let id = Identifier(text) else { throw Self.invalid("after wants a record's id, a UUID, got '\(text)'") }
      after = id
    }
    guard let page = flips.page(kind: kind, point: query["point"].map { String($0) }, after: after, limit: limit) else {
      throw Self.invalid("after names a record that isn't among the flips of this backtest")
    }
    return Response(
      json: [
        "flips": .array(page.flips), "next": page.next.map { .string($0.description) } ?? .null,
        "all": .bool(flips.isWhole),
      ])
  }

  private func id(_ context: APIContext) throws(ProblemDocument) -> Identifier {
    guard let id = Identifier(try context.pathParameter("id")) else { throw try missing(context) }
    return id
  }

  private func missing(_ context: APIContext) throws(ProblemDocument) -> ProblemDocument {
    ProblemDocument(.notFound, "there is no backtest '\(VisibleText.line(try context.pathParameter("id")))'")
  }

  static func invalid(_ detail: String) -> ProblemDocument { ProblemDocument(.invalidInput, detail) }
}
