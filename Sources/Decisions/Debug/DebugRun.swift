internal import Core
internal import LuaRuntime
package import Rulebook

/// A value that a debugger shows, with what is in it.
package struct DebugValue: Sendable, Equatable {
  /// The name of the variable, or the key.
  package var name: String
  /// As people read it, a text in quotes.
  package var text: String
  /// The same without quotes.
  let plain: String
  /// The entries of a table.
  package var children: [DebugValue] = []

  /// A value of a rule with nothing in it.
  init(_ name: String, _ value: TracedValue) {
    self.name = name
    text = value == .table ? "{}" : value.text
    if case .text(let bare) = value { plain = bare } else { plain = text }
  }

  /// A JSON value with what is in it. O(size).
  init(_ name: String, json: JSON) {
    self.name = name
    switch json {
    case .object(let object):
      children = object.members.map { DebugValue($0.name, json: $0.value) }
      text = "{\(children.count)}"
    case .array(let elements):
      children = elements.enumerated().map { DebugValue("[\($0.offset + 1)]", json: $0.element) }
      text = "{\(children.count)}"
    default: text = json.text
    }
    plain = json.string ?? text
  }

  /// The values of one list of a look, which has each before what is in it. O(values).
  static func tree(_ list: some Sequence<TracedVariable>) -> [DebugValue] {
    var open: [DebugValue] = []
    var roots: [DebugValue] = []
    func close(to depth: Int) {
      while open.count > depth, var last = open.popLast() {
        if !last.children.isEmpty { last.text = "{\(last.children.count)}" }
        if open.isEmpty { roots.append(last) } else { open[open.count - 1].children.append(last) }
      }
    }
    for variable in list {
      close(to: variable.keys.count)
      open.append(DebugValue(variable.keys.last.map(Self.key) ?? variable.name, variable.value))
    }
    close(to: 0)
    return roots
  }

  private static func key(_ value: TracedValue) -> String {
    if case .text(let text) = value { text } else { "[\(value.text)]" }
  }
}

/// A function of a rule that runs at a stop.
package struct DebugFrame: Sendable, Equatable {
  /// What calls it by; `decide` for the outermost.
  package var name: String
  /// The file of the rulebook.
  package var file: String
  /// The line that begins or that calls.
  package var line: Int
  /// Its locals, with its arguments.
  package var locals: [DebugValue] = []
  /// What it uses of the functions and the file around it.
  package var upvalues: [DebugValue] = []
}

/// What an expression came to.
package enum DebugAnswer: Sendable, Equatable {
  case value(DebugValue)
  /// It can't be evaluated, and why.
  case refused(String)
}

/// One run of a decision, which is made again for each look at it: nothing that is seen has an effect, and any place of
/// it can be gone back to. Confined to one thread with the stack of machines.
package struct DebugRun {
  /// The places of the run.
  package let timeline: DebugTimeline
  /// What was asked and answered.
  package let question: RecordedQuestion
  /// The rules that decide.
  package let rulebook: CheckedRulebook
  private var machine: HistoryMachine

  /// Runs a question by `rulebook` once. One that is recorded must come out as it was: throws why it doesn't, or can't
  /// be run.
  package init(
    _ question: RecordedQuestion, by rulebook: CheckedRulebook, isRecorded: Bool
  ) throws(HistoryReason) {
    self.question = question
    self.rulebook = rulebook
    var machine = HistoryMachine(rulebook)
    var recorded: HistoryRun?
    if isRecorded { recorded = try machine.control(question).get() }
    let (verdict, trace) = try Self.looking { () throws(LuaFailure) in try machine.look(question) }
    switch verdict {
    case .run(let run):
      // What the ledger refused, the rule had answered.
      if let recorded, recorded.ending != run.ending, question.record.result == nil {
        throw HistoryReason(text: "the run that is watched comes out otherwise than the recorded one")
      }
      timeline = DebugTimeline(trace, recorded?.ending ?? run.ending)
    case .unknown(let call): throw HistoryReason(text: "it asks the host for \(call), and no answer is given")
    case .impossible(let why): throw HistoryReason(text: why)
    case .noDecision: throw HistoryReason(text: "the rulebook has no decision '\(question.record.point)'")
    }
    if timeline.stops.isEmpty {
      throw HistoryReason(text: "no line of a rule is run: \(Self.text(timeline.ending))")
    }
    self.machine = machine
  }

  /// The run on another input, with the answers that the host gave to this one. Throws why it can't be gone through.
  func asking(_ input: JSON) throws(HistoryReason) -> DebugRun {
    var other = question
    other.record.input = input
    return try DebugRun(other, by: rulebook, isRecorded: false)
  }

  private static func looking<Value>(_ body: () throws(LuaFailure) -> Value) throws(HistoryReason) -> Value {
    do throws(LuaFailure) { return try body() } catch { throw HistoryReason(text: error.message) }
  }

  /// How a run ended, as one line.
  static func text(_ ending: HistoryRun.Ending) -> String {
    switch ending {
    case .answered(let result): "answered \(result.text)"
    case .refused(let failure): "refused (\(failure.reason ?? failure.code.rawValue)): \(failure.message)"
    case .failed(let failure): "failed (\(failure.code.rawValue)): \(failure.message)"
    }
  }

  /// The functions that run at a stop, the innermost first. O(run).
  package mutating func frames(at stop: DebugStop) throws(HistoryReason) -> [DebugFrame] {
    try look(at: stop, nil, 0).frames
  }

  /// What an expression comes to in a function that runs at a stop. O(run).
  package mutating func evaluate(
    _ expression: String, at stop: DebugStop, inFrame frame: Int
  ) throws(HistoryReason) -> DebugAnswer {
    if expression.utf8.count > DebugLimits.expressionBytes {
      return .refused("an expression has at most \(DebugLimits.expressionBytes) bytes")
    }
    return try look(at: stop, expression, frame).answer ?? .refused("there is no such frame")
  }

  private mutating func look(
    at stop: DebugStop, _ expression: String?, _ frame: Int
  ) throws(HistoryReason) -> (frames: [DebugFrame], answer: DebugAnswer?) {
    var machine = machine
    let question = question
    let (_, trace) = try Self.looking { () throws(LuaFailure) in
      try machine.look(question, atLine: stop.position, evaluating: expression, inFrame: frame)
    }
    self.machine = machine
    var frames: [DebugFrame] = []
    var variables: [[TracedVariable]] = []
    var evaluated: [TracedVariable] = []
    for event in trace.events {
      switch event.kind {
      case .frame(let name):
        frames.append(DebugFrame(name: name, file: event.file, line: event.line))
        variables.append([])
      case .variable(let variable):
        switch variable.scope {
        case .evaluated, .refused: evaluated.append(variable)
        case .local, .upvalue: if !variables.isEmpty { variables[variables.count - 1].append(variable) }
        }
      default: break
      }
    }
    for place in frames.indices {
      frames[place].locals = DebugValue.tree(variables[place].filter { $0.scope == .local })
      frames[place].upvalues = DebugValue.tree(variables[place].filter { $0.scope == .upvalue })
      if frames[place].name.isEmpty { frames[place].name = place == frames.count - 1 ? "decide" : "function" }
    }
    guard let first = evaluated.first else { return (frames, nil) }
    if first.scope == .refused { return (frames, .refused(first.name)) }
    return (frames, DebugValue.tree(evaluated).first.map { .value($0) })
  }
}
