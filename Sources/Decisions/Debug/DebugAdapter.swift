package import Core
internal import Rulebook

/// Answers a client of the Debug Adapter Protocol (https://microsoft.github.io/debug-adapter-protocol) about one run of
/// a decision. Confined to one thread with the stack of machines.
package struct DebugAdapter {
  /// Why a request has no answer.
  struct Refusal: Error { var message: String }

  var session: DebugSession
  /// The files of the rulebook, whose places are their references.
  let files: [String]
  /// What a reference to variables stands for, since the run stopped here.
  var shown: [[DebugValue]] = []
  /// Which of the references are to values of the input, and the names that lead there.
  var inputs: [Int: [String]] = [:]
  /// The frames here, once they were asked for.
  var frames: [DebugFrame]?
  private var nextBreakpoint = 1
  private var sequence = 0
  private var stopsOnEntry = true
  private var isConfigured = false
  private var hasBegun = false
  /// Whether the run came to its end.
  private var isOver = false
  /// Whether the client is done.
  package private(set) var isFinished = false

  /// An adapter of one run.
  package init(_ run: DebugRun) {
    session = DebugSession(run)
    files = run.rulebook.snapshot.paths
  }

  var record: RecordedDecision { session.run.question.record }
  var rulebook: CheckedRulebook { session.run.rulebook }

  /// The answer to a request, with the events that come of it, in their order. O(run) for a step; O(run · stops) where
  /// conditions are evaluated.
  package mutating func answer(_ request: JSON) -> [JSON] {
    let command = request["command"]?.string ?? ""
    let arguments = request["arguments"] ?? [:]
    var messages: [JSON] = []
    do throws(Refusal) {
      guard request["type"] == "request" else { throw Refusal(message: "only requests are answered") }
      let (body, events) = try take(command, arguments)
      messages.append(response(request, command, success: true, body))
      messages += events.map { event($0.name, $0.body) }
    } catch {
      let problem: JSON = ["error": ["id": 1, "format": .string(error.message), "showUser": true]]
      messages.append(response(request, command, success: false, problem, error.message))
    }
    return messages
  }

  typealias Event = (name: String, body: JSON)

  private mutating func take(_ command: String, _ arguments: JSON) throws(Refusal) -> (JSON?, [Event]) {
    switch command {
    case "initialize": return (DebugCapabilities.json, [("initialized", [:])])
    case "launch", "attach":
      stopsOnEntry = arguments["stopOnEntry"]?.bool ?? true
      hasBegun = true
      return (nil, isConfigured ? try begin() : [])
    case "configurationDone":
      isConfigured = true
      return (nil, hasBegun ? try begin() : [])
    case "setBreakpoints": return (try setBreakpoints(arguments), [])
    case "setExceptionBreakpoints": return (try setEvents(arguments), [])
    case "threads":
      return (["threads": [["id": 1, "name": .string(record.point)]]], [])
    case "loadedSources": return (["sources": .array(files.map(source))], [])
    case "source": return (try content(arguments), [])
    case "disconnect", "terminate":
      isFinished = true
      return (nil, command == "terminate" ? [("terminated", [:])] : [])
    default: return try takeAtStop(command, arguments)
    }
  }

  /// What can be asked only while the run stands somewhere.
  private mutating func takeAtStop(_ command: String, _ arguments: JSON) throws(Refusal) -> (JSON?, [Event]) {
    let moves = ["continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue"]
    let looks = ["stackTrace", "scopes", "variables", "setVariable", "evaluate", "pause"]
    guard moves.contains(command) || looks.contains(command) else {
      throw Refusal(message: "'\(VisibleText.line(command))' isn't offered")
    }
    if isOver { throw Refusal(message: "the run is over; start again to go back in it") }
    switch command {
    case "stackTrace": return (try stackTrace(arguments), [])
    case "scopes": return (try scopes(arguments), [])
    case "variables": return (try variables(arguments), [])
    case "setVariable": return try setVariable(arguments)
    case "evaluate": return (try evaluate(arguments), [])
    case "pause": return (nil, [stopped("pause", [:])])
    case "continue": return (["allThreadsContinued": true], try move { s throws(HistoryReason) in try s.goOn() })
    case "next": return (nil, try move { s throws(HistoryReason) in try s.over() })
    case "stepIn": return (nil, try move { s throws(HistoryReason) in try s.into() })
    case "stepOut": return (nil, try move { s throws(HistoryReason) in try s.out() })
    case "stepBack": return (nil, try move { s throws(HistoryReason) in s.back() })
    default: return (nil, try move { s throws(HistoryReason) in try s.goBack() })
    }
  }

  // MARK: Moving

  private mutating func begin() throws(Refusal) -> [Event] {
    if stopsOnEntry { return try move { s throws(HistoryReason) in s.enter() } }
    return try move { s throws(HistoryReason) in
      // The first line may be one to stop at.
      _ = s.enter()
      if let here = try s.isWantedHere() { return here }
      return try s.goOn()
    }
  }

  private mutating func move(
    _ go: (inout DebugSession) throws(HistoryReason) -> DebugSession.Arrival
  ) throws(Refusal) -> [Event] {
    forgetWhatIsShown()
    let arrival: DebugSession.Arrival
    do throws(HistoryReason) { arrival = try go(&session) } catch { throw Refusal(message: error.text) }
    var events: [Event] = session.takeSaid().map { ("output", ["category": "console", "output": .string($0 + "\n")]) }
    switch arrival {
    case .end:
      isOver = true
      let text =
        (session.isWhatIf ? "what if: " : "") + "\(record.point) \(DebugRun.text(session.run.timeline.ending))"
        + (session.run.timeline.isCut ? "\nit ran longer than can be followed" : "") + "\n"
      events.append(("output", ["category": "stdout", "output": .string(text)]))
      events.append(("exited", ["exitCode": 0]))
      events.append(("terminated", [:]))
    case .stop(let reason): events.append(stopped(reason))
    }
    return events
  }

  /// What was shown at one place means nothing at another.
  mutating func forgetWhatIsShown() { (shown, inputs, frames) = ([], [:], nil) }

  func stopped(_ reason: DebugSession.Reason) -> Event {
    switch reason {
    case .entry: stopped("entry", [:])
    case .step: stopped("step", [:])
    case .breakpoint(let ids): stopped("breakpoint", ["hitBreakpointIds": .array(ids.map { .integer(Int64($0)) })])
    case .event(let text): stopped("exception", ["description": .string(text), "text": .string(text)])
    }
  }

  private func stopped(_ reason: String, _ more: JSON) -> Event {
    var body = JSON.Object([("reason", .string(reason)), ("threadId", 1), ("allThreadsStopped", true)])
    for member in more.object?.members ?? [] { body.append(member.name, member.value) }
    return ("stopped", .object(body))
  }

  // MARK: Breakpoints

  private mutating func setBreakpoints(_ arguments: JSON) throws(Refusal) -> JSON {
    let asked = arguments["breakpoints"]?.array ?? []
    if asked.count > DebugLimits.breakpoints {
      throw Refusal(message: "a file has at most \(DebugLimits.breakpoints) breakpoints")
    }
    let file = file(arguments["source"])
    var set: [DebugBreakpoint] = []
    var answers: [JSON] = []
    let lines = file.map { LuaLines.of(rulebook.snapshot.files[ExactText($0)] ?? []).count } ?? 0
    for one in asked {
      let id = nextBreakpoint
      nextBreakpoint += 1
      let line = one["line"]?.integer.flatMap { Int(exactly: $0) } ?? 0
      var breakpoint = DebugBreakpoint(id: id, line: line)
      breakpoint.condition = one["condition"]?.string.flatMap { $0.isEmpty ? nil : $0 }
      breakpoint.message = one["logMessage"]?.string.flatMap { $0.isEmpty ? nil : $0 }
      var problem: String?
      if file == nil {
        problem = "the rulebook has no such file"
      } else if !(1...max(lines, 1)).contains(line) {
        problem = "the file has \(lines) lines"
      }
      if let text = one["hitCondition"]?.string, !text.isEmpty {
        if let hits = DebugBreakpoint.Hits(text) {
          breakpoint.hits = hits
        } else {
          problem = "a hit condition is a number, '>= 5' or '% 5'"
        }
      }
      if problem == nil { set.append(breakpoint) }
      var answer = JSON.Object([
        ("id", .integer(Int64(id))), ("verified", .bool(problem == nil)), ("line", .integer(Int64(line))),
      ])
      answer["message"] = problem.map { .string($0) }
      answers.append(.object(answer))
    }
    if let file { session.breakpoints[file] = set }
    return ["breakpoints": .array(answers)]
  }

  private mutating func setEvents(_ arguments: JSON) throws(Refusal) -> JSON {
    var events = DebugSession.Events()
    var asked = (arguments["filters"]?.array ?? []).map { ($0.string ?? "", "") }
    for option in arguments["filterOptions"]?.array ?? [] {
      asked.append((option["filterId"]?.string ?? "", option["condition"]?.string ?? ""))
    }
    var answers: [JSON] = []
    for (filter, condition) in asked {
      var problem: String?
      switch filter {
      case "host": events.call = condition
      case "refusal": events.refusal = true
      case "read" where !condition.isEmpty: events.field = condition
      case "read": problem = "say which field, such as amount.minor"
      default: problem = "there is no such event"
      }
      let refused = problem.map { ["verified": false, "message": .string($0)] as JSON }
      answers.append(refused ?? ["verified": true])
    }
    session.events = events
    return ["breakpoints": .array(answers)]
  }

  // MARK: Messages

  private mutating func next() -> JSON {
    sequence += 1
    return .integer(Int64(sequence))
  }

  private mutating func response(
    _ request: JSON, _ command: String, success: Bool, _ body: JSON?, _ message: String? = nil
  ) -> JSON {
    var object = JSON.Object([
      ("seq", next()), ("type", "response"), ("request_seq", request["seq"] ?? 0), ("success", .bool(success)),
      ("command", .string(command)),
    ])
    object["message"] = message.map { .string($0) }
    object["body"] = body
    return .object(object)
  }

  private mutating func event(_ name: String, _ body: JSON) -> JSON {
    ["seq": next(), "type": "event", "event": .string(name), "body": body]
  }
}
