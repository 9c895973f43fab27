internal import Core
internal import LuaRuntime

/// A place at which a run can be stopped: where a line begins, or in a host call.
package struct DebugStop: Sendable, Equatable {
  /// A call of the host.
  package struct Call: Sendable, Equatable {
    /// The name of the call: `ledger.balance`
    package var name: String
    /// Its arguments as JSON.
    package var arguments: String
    /// What the host answered, as JSON; empty when the call failed.
    package var answer: String
  }

  /// The line events of the run up to here: its position.
  package var position: Int
  /// The file of the rulebook.
  package var file: String
  /// The line in it, from 1.
  package var line: Int
  /// How many functions of rules the run is in, from 1; one more in a host call.
  package var depth: Int
  /// The call that the run is in; nil where a line begins.
  package var call: Call?
  /// What the source calls the fields that the line reads before the next stop.
  package var fields: [String] = []
}

/// All places at which a run can be stopped, in their order. Going back is going to an earlier one: the run begins anew
/// and comes by there again.
package struct DebugTimeline: Sendable {
  /// The places; none when the rule was never reached.
  package private(set) var stops: [DebugStop] = []
  /// How the run ended.
  package let ending: HistoryRun.Ending
  /// Whether there were more places than a machine takes down.
  package let isCut: Bool

  /// Reads the places off a trace of everything. O(events).
  init(_ trace: Trace, _ ending: HistoryRun.Ending) {
    self.ending = ending
    isCut = trace.isCut
    var (depth, position) = (0, 0)
    for event in trace.events {
      switch event.kind {
      case .call(_, let isTail): depth += isTail ? 0 : 1
      case .returned: depth -= 1
      case .line:
        position += 1
        stops.append(DebugStop(position: position, file: event.file, line: event.line, depth: max(depth, 1)))
      case .host(let name, let arguments, let answer):
        let call = DebugStop.Call(name: name, arguments: arguments, answer: answer)
        stops.append(
          DebugStop(position: position, file: event.file, line: event.line, depth: max(depth, 1) + 1, call: call))
      case .field(let name): noteField(name)
      case .read(let key, _): noteField(([Self.module(key.file)] + key.keys.map(Self.bare)).joined(separator: "."))
      default: break
      }
    }
  }

  private mutating func noteField(_ name: String) {
    guard let last = stops.indices.last else { return }
    if !stops[last].fields.contains(name) { stops[last].fields.append(name) }
  }

  private static func bare(_ key: TracedValue) -> String {
    if case .text(let text) = key { text } else { key.text }
  }

  private static func module(_ file: String) -> String {
    let name = file.pieces(at: "/").last.map { String($0) } ?? file
    return name.ends(with: ".lua") ? String(name.dropLast(4)) : name
  }

  // MARK: Moving

  /// The next place on this way of the run or outside of it, whatever it calls; nil when the run ends before.
  func over(_ place: Int) -> Int? {
    stops[(place + 1)...].firstIndex { $0.depth <= stops[place].depth }
  }

  /// The next place outside of the function; nil when the run ends before.
  func out(_ place: Int) -> Int? {
    stops[(place + 1)...].firstIndex { $0.depth < stops[place].depth }
  }

  /// The next place; nil when the run ends before.
  func into(_ place: Int) -> Int? { place + 1 < stops.count ? place + 1 : nil }

  /// How often the line of a place ran up to there. O(places).
  func passes(_ place: Int) -> Int {
    let stop = stops[place]
    return stops[...place].count { $0.call == nil && $0.line == stop.line && $0.file == stop.file }
  }

  /// The first place that reads a field, by the end of what the source calls it: `minor`, `amount.minor`; nil when none
  /// does. O(places).
  func firstReading(_ field: String) -> Int? {
    stops.firstIndex { stop in stop.fields.contains { $0 == field || $0.ends(with: "." + field) } }
  }

  /// The last line of a run that came to no answer; nil for any other.
  var refusal: Int? {
    if case .answered = ending { return nil }
    return stops.lastIndex { $0.call == nil }
  }
}
