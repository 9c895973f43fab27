internal import Core
internal import Rulebook

/// Moves through a run: forwards and backwards, from stop to stop. Confined to one thread.
struct DebugSession {
  /// Where a move led.
  enum Arrival: Equatable {
    /// At a stop, and why it stops there.
    case stop(Reason)
    /// The run came to its end.
    case end
  }

  /// Why a run stops; the raw values are those of the protocol.
  enum Reason: Equatable {
    case entry, step
    /// At the breakpoints of these numbers.
    case breakpoint([Int])
    /// At an event that was asked for, with what it is.
    case event(String)
  }

  /// Events at which a run stops.
  struct Events: Equatable {
    /// In host calls; of this name only unless it is empty.
    var call: String?
    /// At the last line of a run that comes to no answer.
    var refusal = false
    /// At the first line that reads this field.
    var field: String?
  }

  /// The run that is gone through.
  private(set) var run: DebugRun
  /// Whether it is no longer the run that was begun with, but one on another input.
  private(set) var isWhatIf = false
  /// The place among the run's stops.
  private(set) var place = 0
  /// Breakpoints by their files.
  var breakpoints: [String: [DebugBreakpoint]] = [:]
  var events = Events()
  /// What log points and conditions that can't be evaluated said since this was taken last.
  private var said: [String] = []
  private var evaluations = 0

  init(_ run: DebugRun) { self.run = run }

  private var timeline: DebugTimeline { run.timeline }

  /// Where the run stands.
  var stop: DebugStop { timeline.stops[place] }

  /// What was said since this was called last.
  mutating func takeSaid() -> [String] {
    defer { said = [] }
    return said
  }

  /// The functions that run here, the innermost first, without the host call that the run may be in.
  mutating func frames() throws(HistoryReason) -> [DebugFrame] { try run.frames(at: stop) }

  /// What an expression comes to in a function that runs here.
  mutating func evaluate(_ expression: String, inFrame frame: Int) throws(HistoryReason) -> DebugAnswer {
    try run.evaluate(expression, at: stop, inFrame: frame)
  }

  /// Begins anew with another input. Throws why that can't be gone through; then all stays as it is.
  mutating func ask(_ input: JSON) throws(HistoryReason) {
    run = try run.asking(input)
    (place, isWhatIf) = (0, true)
  }

  // MARK: Moving

  /// Where the run is entered: before its first line.
  mutating func enter() -> Arrival {
    place = 0
    return .stop(.entry)
  }

  /// Why the run stops where it stands; nil when nothing asks for it.
  mutating func isWantedHere() throws(HistoryReason) -> Arrival? {
    try reason(at: place, says: true).map { .stop($0) }
  }

  /// On to the next breakpoint or event.
  mutating func goOn() throws(HistoryReason) -> Arrival { try advance(to: nil) }

  /// Over what the line calls.
  mutating func over() throws(HistoryReason) -> Arrival { try advance(to: timeline.over(place)) }

  /// Out of the function.
  mutating func out() throws(HistoryReason) -> Arrival { try advance(to: timeline.out(place)) }

  /// To the very next place, also in a function or in the host.
  mutating func into() throws(HistoryReason) -> Arrival { try advance(to: timeline.into(place)) }

  /// To the place before: the run begins anew and ends one place earlier.
  mutating func back() -> Arrival {
    if place == 0 { return .stop(.entry) }
    place -= 1
    return .stop(.step)
  }

  /// Back to the last breakpoint or event before, or to the beginning.
  mutating func goBack() throws(HistoryReason) -> Arrival {
    evaluations = 0
    for earlier in stride(from: place - 1, through: 0, by: -1) {
      if let reason = try reason(at: earlier, says: false) {
        place = earlier
        return .stop(reason)
      }
    }
    return enter()
  }

  /// On to `goal`, or to the breakpoint or event that comes first.
  private mutating func advance(to goal: Int?) throws(HistoryReason) -> Arrival {
    evaluations = 0
    for next in timeline.stops.indices.dropFirst(place + 1) {
      if let reason = try reason(at: next, says: true) {
        place = next
        return .stop(reason)
      }
      if next == goal {
        place = next
        return .stop(.step)
      }
    }
    return .end
  }

  private mutating func reason(at place: Int, says: Bool) throws(HistoryReason) -> Reason? {
    let stop = timeline.stops[place]
    if let call = stop.call {
      guard let wanted = events.call, wanted.isEmpty || wanted == call.name else { return nil }
      return .event("host.\(call.name)\(call.arguments)")
    }
    var hit: [Int] = []
    for breakpoint in breakpoints[stop.file] ?? [] where breakpoint.line == stop.line {
      if breakpoint.hits != .all, !breakpoint.hits.take(timeline.passes(place)) { continue }
      if let condition = breakpoint.condition, try !holds(condition, at: stop) { continue }
      guard let message = breakpoint.message else {
        hit.append(breakpoint.id)
        continue
      }
      if says { said.append(try filled(message, at: stop)) }
    }
    if !hit.isEmpty { return .breakpoint(hit) }
    if events.refusal, timeline.refusal == place { return .event(DebugRun.text(timeline.ending)) }
    if let field = events.field, timeline.firstReading(field) == place { return .event("reads \(field) first") }
    return nil
  }

  private mutating func holds(_ condition: String, at stop: DebugStop) throws(HistoryReason) -> Bool {
    switch try counted(condition, at: stop) {
    case .value(let value): return value.text != "false" && value.text != "nil"
    case .refused(let why):
      said.append("\(stop.file):\(stop.line): the condition '\(condition)' can't be evaluated: \(why)")
      return false
    }
  }

  private mutating func filled(_ message: String, at stop: DebugStop) throws(HistoryReason) -> String {
    var text = ""
    for part in DebugBreakpoint.parts(message) {
      if !part.isExpression {
        text += part.text
        continue
      }
      switch try counted(part.text, at: stop) {
      case .value(let value): text += value.plain
      case .refused(let why): text += "{\(why)}"
      }
    }
    return text
  }

  private mutating func counted(_ expression: String, at stop: DebugStop) throws(HistoryReason) -> DebugAnswer {
    evaluations += 1
    if evaluations > DebugLimits.evaluations {
      return .refused("more than \(DebugLimits.evaluations) were evaluated on the way")
    }
    return try run.evaluate(expression, at: stop, inFrame: 0)
  }
}
