internal import CLuaBridge
internal import Core

/// How much a machine takes down of what it does.
package enum TraceDepth: Sendable, Hashable {
  /// Nothing: machines that decide in service pay nothing.
  case none
  /// What rules say with `note`, and host calls; a refusal that the host or a word of rules raises has its place.
  case notes
  /// Lines, host calls, and what is read of the tables that modules return.
  case path
  /// Locals, calls and returns, too.
  case all

  var bridged: clb_trace_depth {
    switch self {
    case .none: CLB_TRACE_NONE
    case .notes: CLB_TRACE_NOTES
    case .path: CLB_TRACE_PATH
    case .all: CLB_TRACE_ALL
    }
  }
}

/// A value of a rule as a trace has it: comparable, and short enough for people.
package enum TracedValue: Sendable, Hashable {
  case none
  case boolean(Bool)
  /// A number in Lua's own spelling: `3`, `0.5`.
  case number(String)
  case text(String)
  /// With its asset: `97.50 USD/2`
  case amount(String)
  case table
  case function
  case other

  /// Reads the bridge's form: a letter for the type, then the value. O(length).
  init(_ bridged: String) {
    let rest = String(bridged.dropFirst())
    self =
      switch bridged.first {
      case "b": .boolean(rest == "true")
      case "n": .number(rest)
      case "s": .text(rest)
      case "a": .amount(rest)
      case "t": .table
      case "f": .function
      case "u": .other
      default: .none
      }
  }

  /// As people read it: `"0.025"`, `3`, `97.50 USD/2`, `nil`.
  package var text: String {
    switch self {
    case .none: "nil"
    case .boolean(let value): value ? "true" : "false"
    case .number(let text), .amount(let text): text
    case .text(let text): "\"\(text)\""
    case .table: "a table"
    case .function: "a function"
    case .other: "a value"
    }
  }

  /// The number; nil for any other value.
  package var number: Double? { if case .number(let text) = self { Double(text) } else { nil } }
}

/// A value of a table that a module returned: the module's file, and the keys that lead to the value.
package struct TracedKey: Sendable, Hashable {
  /// Relative to the rulebook: `policies/fees.lua`
  package var file: String
  /// From the module's own table on.
  package var keys: [TracedValue]

  init(_ bridged: String) {
    var parts = bridged.pieces(at: "\u{1F}").map { String($0) }
    file = parts.removeFirst()
    keys = parts.map(TracedValue.init)
  }
}

/// Two values that were compared.
package struct TracedComparison: Sendable, Hashable {
  /// `<`, `<=`, `==`, `>` or `>=`.
  package var sign: String
  /// What the source calls the left one; empty when that isn't known.
  package var leftName: String
  /// What the source calls the right one; empty when that isn't known.
  package var rightName: String
  /// What stands left of the sign.
  package var left: TracedValue
  /// What stands right of the sign.
  package var right: TracedValue

  init(_ bridged: String, _ left: TracedValue, _ right: TracedValue) {
    let parts = bridged.pieces(at: "\u{1F}").map { String($0) }
    (sign, leftName, rightName) = (parts[0], parts.count > 1 ? parts[1] : "", parts.count > 2 ? parts[2] : "")
    (self.left, self.right) = (left, right)
  }
}

/// A value that a look found.
package struct TracedVariable: Sendable, Hashable {
  /// Where it was found.
  package enum Scope: Sendable, Hashable {
    case local, upvalue
    /// What an expression came to.
    case evaluated
    /// An expression can't be evaluated; the name says why.
    case refused
  }

  /// Where it was found.
  package var scope: Scope
  /// The name of the variable, and why an expression can't be evaluated.
  package var name: String
  /// The keys that lead from the variable to the value.
  package var keys: [TracedValue]
  /// The value; of a table, that it is one.
  package var value: TracedValue

  init(_ bridged: String, _ value: String) {
    switch bridged.first {
    case "u": scope = .upvalue
    case "e": scope = .evaluated
    case "x": scope = .refused
    default: scope = .local
    }
    if scope == .refused {
      (name, keys, self.value) = (value, [], .none)
      return
    }
    let parts = bridged.dropFirst().pieces(at: "\u{1F}").map { String($0) }
    name = parts.first ?? ""
    keys = parts.dropFirst().map { TracedValue($0) }
    self.value = TracedValue(value)
  }
}

/// Something a traced machine did.
package struct TraceEvent: Sendable, Hashable {
  /// The things that a machine takes down.
  package enum Kind: Sendable, Hashable {
    /// The line began to run.
    case line
    /// The line read a value of a module's table.
    case read(TracedKey, TracedValue)
    /// The line read a whole table of a module's; this is one of its values.
    case entry(TracedKey, TracedValue)
    /// The line called the host, with these arguments as JSON; the answer is JSON, empty when the call failed.
    case host(String, arguments: String, answer: String)
    /// A local of the function whose line began before.
    case local(String, TracedValue)
    /// A function was called that begins at the line; a tail call takes the place of the function that makes it.
    case call(String, isTail: Bool)
    /// An argument of the call before.
    case argument(String, TracedValue)
    /// A function returned from the line.
    case returned(String)
    /// A value that the function before gave.
    case given(TracedValue)
    /// The line compared two values.
    case compared(TracedComparison)
    /// The line noted a value, and why.
    case note(String, TracedValue)
    /// The line is about to read a field, which the source calls so: `input.amount`
    case field(String)
    /// Of a look: a function that runs, the innermost first.
    case frame(String)
    /// Of a look: a value of the frame before.
    case variable(TracedVariable)
  }

  /// Which of them it was.
  package var kind: Kind
  /// The file of the rulebook; empty for locals, arguments and what is given.
  package var file: String
  /// The line in it.
  package var line: Int
}

/// What a machine did since it was made, or its trace was cleared.
package struct Trace: Sendable, Equatable {
  /// In the order in which it happened.
  package var events: [TraceEvent] = []
  /// Whether more was done than a machine takes down.
  package var isCut = false

  /// A trace of nothing.
  package init() {}
}

extension VirtualMachine {
  /// From now on a machine that takes everything down takes down the fields that are read, too.
  package func takeFields() { unsafe clb_vm_trace_fields(vm) }

  /// Has the next run look around where its line number `line`, from 1, begins: see ``TraceEvent/Kind/frame(_:)``.
  /// `expression` is evaluated in the frame `frame`, from 0 for the innermost, unless it would call or change
  /// something.
  package func look(atLine line: Int, evaluating expression: String? = nil, inFrame frame: Int = 0) {
    if let expression {
      unsafe clb_vm_trace_look(vm, UInt64(clamping: line), expression, UInt32(clamping: frame))
    } else {
      unsafe clb_vm_trace_look(vm, UInt64(clamping: line), nil, 0)
    }
  }

  /// What it did since it was made or last asked, which it forgets; nothing for a machine that isn't traced. O(events).
  package func takeTrace() -> Trace {
    let collector = EventCollector()
    let isWhole = eachEvent(collector)
    unsafe clb_vm_trace_clear(vm)
    var trace = Trace()
    trace.events = collector.events
    trace.isCut = !isWhole
    return trace
  }
}

/// Takes what a machine did, an event at a time.
class TraceCollector {
  /// Takes one event, whose texts last as long as the call.
  func add(_ event: clb_trace_event) {}
}

extension VirtualMachine {
  /// Hands over what it did, from the oldest on; whether that is all of it. O(events).
  func eachEvent(_ collector: TraceCollector) -> Bool {
    withExtendedLifetime(collector) {
      unsafe clb_vm_each_event(
        vm,
        { context, event in
          guard let context = unsafe context, let event = unsafe event else { return }
          let collector = unsafe Unmanaged<TraceCollector>.fromOpaque(context).takeUnretainedValue()
          unsafe collector.add(event.pointee)
        }, Unmanaged.passUnretained(collector).toOpaque())
    }
  }
}

private final class EventCollector: TraceCollector {
  var events: [TraceEvent] = []
  /// Most events are of the file of the one before.
  private var file = ""
  private var filePlace = -1

  override func add(_ event: clb_trace_event) {
    let place = unsafe Int(bitPattern: event.file.bytes)
    if place != filePlace { (filePlace, file) = unsafe (place, event.file.text) }
    guard let kind = unsafe Self.kind(event) else { return }
    unsafe events.append(TraceEvent(kind: kind, file: file, line: Int(event.line)))
  }

  private static func kind(_ event: clb_trace_event) -> TraceEvent.Kind? {
    switch unsafe event.kind {
    case CLB_TRACE_LINE: .line
    case CLB_TRACE_READ: unsafe .read(TracedKey(event.name.text), TracedValue(event.value.text))
    case CLB_TRACE_ENTRY: unsafe .entry(TracedKey(event.name.text), TracedValue(event.value.text))
    case CLB_TRACE_HOST:
      unsafe .host(event.name.text, arguments: event.value.text, answer: event.other.text)
    case CLB_TRACE_LOCAL: unsafe .local(event.name.text, TracedValue(event.value.text))
    case CLB_TRACE_CALL: unsafe .call(event.name.text, isTail: event.value.count > 0)
    case CLB_TRACE_ARGUMENT: unsafe .argument(event.name.text, TracedValue(event.value.text))
    case CLB_TRACE_RETURN: unsafe .returned(event.name.text)
    case CLB_TRACE_GIVEN: unsafe .given(TracedValue(event.value.text))
    case CLB_TRACE_COMPARE:
      unsafe .compared(
        TracedComparison(event.name.text, TracedValue(event.value.text), TracedValue(event.other.text)))
    case CLB_TRACE_NOTE: unsafe .note(event.name.text, TracedValue(event.value.text))
    case CLB_TRACE_FIELD: unsafe .field(event.name.text)
    case CLB_TRACE_FRAME: unsafe .frame(event.name.text)
    case CLB_TRACE_VARIABLE: unsafe .variable(TracedVariable(event.name.text, event.value.text))
    default: nil
    }
  }
}
