internal import Citizens
internal import Core
internal import Decisions
internal import Hummingbird
internal import Logging
internal import TrustGraph

/// What the routes of the trust graph do.
struct GraphHandlers: Sendable {
  /// The graph as it is.
  var graph: LiveGraph
  /// Measures citizens over it.
  var measurements: Measurements
  /// Moves trust in it.
  var moves: TrustMoves

  /// A citizen's measurement by the rulebook that serves.
  func measurement(of citizen: String) async throws -> Response {
    do throws(DecisionFailure) {
      if let measurement = try await measurements.measure(citizen) { return Response(json: measurement) }
    } catch {
      throw ProblemDocument(error.routeProblem)
    }
    throw Self.unknown(citizen)
  }

  /// The whole graph in figures, and how far it is kept up.
  func stats(_ request: Request) throws -> Response {
    var stats = graph.network(neutral: try Self.neutral(of: request)).object ?? JSON.Object()
    let marks = graph.marks
    if let day = marks[GraphMark.decayedDay].flatMap({ Int64($0) }) {
      stats.append("decayed_through", .string(ISO8601.text(day: day)))
    }
    if let text = marks[GraphMark.directoryImport], let report = try? JSON(parsing: text) {
      stats.append("directory_import", report)
    }
    return Response(json: .object(stats))
  }

  /// A citizen's window to draw: as many nodes as the measurement looks at, unless `nodes` says otherwise.
  func window(of citizen: String, _ request: Request) async throws -> Response {
    let neutral = try Self.neutral(of: request)
    var limit = GraphQueryLimits.windowNodes
    if let text = request.uri.queryParameters["nodes"] {
      guard let nodes = Int(text) else { throw Self.invalid("nodes wants a whole number, got '\(text)'") }
      limit = nodes
    } else if let window = await measurements.measurement(of: citizen)?["window"]?.integer,
      (1...Int64(limit)).contains(window)
    {
      limit = Int(window)
    }
    do throws(GraphError) {
      return Response(json: try graph.snapshot.drawing(of: citizen, limit: limit, neutral: neutral).json)
    } catch {
      throw error.code == .unknownCitizen ? Self.unknown(citizen) : Self.invalid(error.message)
    }
  }

  /// Takes the relationships of the body, all or none.
  func take(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try await request.json()
    guard let rows = body["relationships"]?.array, body.object?.members.count == 1 else {
      throw Self.invalid(#"the body must be {"relationships":[…]}"#)
    }
    let relationships = try Self.relationships(rows)
    return try await asking(context) { () async throws(GraphError) in
      let snapshot = try await graph.apply(relationships)
      return Response(json: Self.taken(relationships, snapshot))
    }
  }

  /// Moves the trust between two citizens.
  func interact(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try await request.json()
    guard let object = body.object else { throw Self.invalid("the body must be an object") }
    if let unknown = object.members.first(where: { !["citizen1", "citizen2", "change"].contains($0.name) }) {
      throw Self.invalid("unknown field '\(unknown.name)'")
    }
    guard let first = body["citizen1"]?.string, let second = body["citizen2"]?.string else {
      throw Self.invalid("citizen1 and citizen2 must be names")
    }
    guard let change = body["change"], change.number != nil else { throw Self.invalid("change must be a number") }
    do throws(TrustMovesError) {
      let now = WallClock.milliseconds()
      let move = try await moves.interact(first, second, change: change, at: now)
      return Response(json: Self.answer(first, second, move))
    } catch {
      switch error {
      case .decision(let failure): throw ProblemDocument(failure.routeProblem)
      case .graph(let error): throw Self.problem(error, context)
      }
    }
  }

  /// `{"citizen1","citizen2","trust_before","trust","snapshot","decision_id","generation"}`
  static func answer(_ first: String, _ second: String, _ move: TrustMove) -> JSON {
    [
      "citizen1": .string(first), "citizen2": .string(second),
      "trust_before": move.before.map { .double($0) } ?? .null, "trust": .double(move.after),
      "snapshot": .integer(Int64(move.snapshot)), "decision_id": .string(move.decision.description),
      "generation": .integer(Int64(move.generation)),
    ]
  }

  /// The rows, or a problem that names those that are none.
  private static func relationships(_ rows: [JSON]) throws(ProblemDocument) -> [Relationship] {
    var relationships: [Relationship] = []
    var errors: [JSON] = []
    for (index, row) in rows.enumerated() {
      do throws(GraphError) {
        relationships.append(try Relationship(json: row))
      } catch {
        errors.append([
          "code": .string(error.code.rawValue), "message": .string("relationships[\(index)]: \(error.message)"),
        ])
      }
    }
    if errors.isEmpty { return relationships }
    throw ProblemDocument(
      .invalidInput,
      "\(errors.count) of \(rows.count) relationships can't be taken; none was",
      errors: Array(errors.prefix(APILimits.namedRows)))
  }

  /// `{"taken","loops","first_loop","nodes","edges","snapshot"}`; a row that names one citizen twice keeps the citizen
  /// and makes no relationship, so it is told.
  static func taken(_ rows: [Relationship], _ snapshot: TrustSnapshot) -> JSON {
    let loops = rows.indices.filter { rows[$0].citizen1.isSame(as: rows[$0].citizen2) }
    return [
      "taken": .integer(Int64(rows.count)), "loops": .integer(Int64(loops.count)),
      "first_loop": loops.first.map { .integer(Int64($0)) } ?? .null, "nodes": .integer(Int64(snapshot.nodeCount)),
      "edges": .integer(Int64(snapshot.edgeCount)), "snapshot": .integer(Int64(snapshot.version)),
    ]
  }

  /// Runs `body`; what keeps the graph from its work becomes a problem, and its cause goes to the log.
  func asking(
    _ context: APIContext, _ body: () async throws(GraphError) -> Response
  ) async throws(ProblemDocument) -> Response {
    do throws(GraphError) {
      return try await body()
    } catch {
      throw Self.problem(error, context)
    }
  }

  /// What the client learns; the cause goes to the log.
  private static func problem(_ error: GraphError, _ context: APIContext) -> ProblemDocument {
    context.logger.error("the graph can't answer", metadata: ["code": "\(error.code)", "error": "\(error)"])
    return ProblemDocument(error)
  }

  private static func neutral(of request: Request) throws(ProblemDocument) -> Double {
    guard let text = request.uri.queryParameters["neutral"] else { return TrustScale.unrecorded }
    guard let neutral = Double(text), TrustScale.range.contains(neutral) else {
      throw invalid("neutral wants a number from 0 to 100, got '\(text)'")
    }
    return neutral
  }

  static func unknown(_ citizen: String) -> ProblemDocument {
    ProblemDocument(.unknownCitizen, "no citizen named '\(citizen)' is in the trust graph")
  }

  static func invalid(_ detail: String) -> ProblemDocument {
    ProblemDocument(.invalidInput, detail)
  }
}
