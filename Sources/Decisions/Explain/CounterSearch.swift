internal import Core
internal import LuaRuntime
internal import Rulebook

/// Looks for what would have had to be different, one input at a time: every option and flag, and of numbers the place
/// at which the answer changes, by halving. An answer is another when a text, a flag or the reason of a refusal is;
/// numbers that only follow the input are not compared.
struct CounterSearch {
  /// Asks again with another input; nil when nobody can say what would come out.
  typealias Ask = (JSON) -> HistoryRun?

  private let input: JSON
  private let ask: Ask
  private let base: JSON
  private let constants: [Double]
  private let texts: [String]
  private var found: [Counterfactual] = []
  private var asked = 0

  /// The most questions that one search asks.
  private static let questions = 4_000
  /// Inputs that are told of each field at most.
  private static let perField = 6

  /// What differs from `run`, the run on `input`. `constants` and `texts` are what the run compared with and what its
  /// policies name.
  static func search(
    _ input: JSON, _ schema: RecordSchema, _ run: HistoryRun, constants: [Double], texts: [String], ask: @escaping Ask
  ) -> [Counterfactual] {
    var search = CounterSearch(
      input: input, ask: ask, base: signature(run), constants: constants, texts: texts)
    search.vary(schema, [])
    return search.found
  }

  private init(input: JSON, ask: @escaping Ask, base: JSON, constants: [Double], texts: [String]) {
    (self.input, self.ask, self.base, self.constants, self.texts) = (input, ask, base, constants, texts)
  }

  // MARK: Fields

  private mutating func vary(_ schema: RecordSchema, _ path: [String]) {
    for field in schema.fields {
      let path = path + [field.name]
      let now = input.at(path)
      switch field.schema.value {
      case .record(let record): if now != nil { vary(record, path) }
      case .boolean: values([.bool(!((now ?? field.schema.defaultValue)?.bool ?? false))], path, now)
      case .options(let names): values(names.map { .string($0) }, path, now ?? field.schema.defaultValue)
      case .string: values(texts.map { .string($0) }, path, now ?? field.schema.defaultValue)
      case .integer(let minimum, let maximum):
        numbers(path, now ?? field.schema.defaultValue, minimum, maximum, isWhole: true)
      case .number(let minimum, let maximum):
        numbers(path, now ?? field.schema.defaultValue, minimum, maximum, isWhole: false)
      case .amount:
        if now?["minor"]?.integer != nil { numbers(path + ["minor"], now?["minor"], 0, 1e15, isWhole: true) }
      case .numbers(let numbers): values(numbers.map(JSON.number), path, now ?? field.schema.defaultValue)
      case .any, .account, .decimal, .date, .timestamp, .list, .map, .anyOf: break
      }
    }
  }

  private mutating func values(_ candidates: [JSON], _ path: [String], _ now: JSON?) {
    var answers: [JSON] = []
    for candidate in candidates where candidate != now {
      guard let (run, signature) = outcome(path, candidate) else { continue }
      // What only repeats the input is no other answer.
      let hidden = signature.hiding(now).hiding(candidate)
      if hidden == base.hiding(now).hiding(candidate) || answers.contains(signature) || answers.contains(hidden) {
        continue
      }
      answers += [signature, hidden]
      note(path, now, .value(candidate), run)
      if answers.count >= 2 * Self.perField { return }
    }
  }

  // MARK: Numbers

  private mutating func numbers(
    _ path: [String], _ now: JSON?, _ minimum: Double?, _ maximum: Double?, isWhole: Bool
  ) {
    guard let start = now?.number else { return }
    let (low, high) = (minimum ?? -1e9, maximum ?? 1e9)
    var grid: Set<Double> = [low, high, start]
    if low < 0, high > 0 { grid.insert(0) }
    for power in 0...15 { for unit in [1.0, -1.0] { grid.insert(unit * Self.power(power)) } }
    if high - low <= 1_000 { for step in 1..<64 { grid.insert(low + (high - low) * Double(step) / 64) } }
    for constant in constants { for shift in [-1.0, 0, 1] { grid.insert(constant + shift) } }
    let whole = isWhole ? Set(grid.map { $0.rounded(.down) }) : grid
    let sorted = whole.filter { $0 >= low && $0 <= high && $0.isFinite }.sorted()
    guard let place = sorted.firstIndex(of: isWhole ? start.rounded(.down) : start) else { return }
    walk(path, now, Array(sorted[place...]), isUp: true, isWhole)
    walk(path, now, Array(sorted[...place].reversed()), isUp: false, isWhole)
  }

  private static func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { value, _ in value * 10 } }

  /// From the input's own number outwards: each change of the answer is narrowed down to its number.
  private mutating func walk(_ path: [String], _ now: JSON?, _ grid: [Double], isUp: Bool, _ isWhole: Bool) {
    guard var at = grid.first else { return }
    var signature = base
    var told = 0
    for next in grid.dropFirst() {
      guard told < Self.perField, let (_, other) = outcome(path, Self.json(next, isWhole)) else { return }
      if other == signature {
        at = next
        continue
      }
      guard let edge = narrow(path, at, next, signature, isWhole), let (run, there) = outcome(path, edge.json) else {
        return
      }
      if there != base { note(path, now, Self.change(edge, isUp: isUp, isWhole), run) }
      told += 1
      (at, signature) = (edge.number, there)
      if there != other, let (_, again) = outcome(path, Self.json(next, isWhole)), again != there { signature = again }
      at = next
    }
  }

  /// The edge in the words that need fewer digits: a strict comparison is met first by a number with many.
  private static func change(
    _ edge: (last: Double, number: Double, json: JSON), isUp: Bool, _ isWhole: Bool
  ) -> Counterfactual.Change {
    let last = json(edge.last, isWhole)
    if isWhole || last.text.utf8.count >= edge.json.text.utf8.count {
      return isUp ? .from(edge.json) : .upTo(edge.json)
    }
    return isUp ? .above(last) : .below(last)
  }

  /// The number nearest to `from` at which the answer is another than `signature`; `to` is such a one.
  private mutating func narrow(
    _ path: [String], _ from: Double, _ to: Double, _ signature: JSON, _ isWhole: Bool
  ) -> (last: Double, number: Double, json: JSON)? {
    var (same, other) = (from, to)
    for _ in 0..<80 {
      var middle = same + (other - same) / 2
      if isWhole { middle = middle.rounded(other > same ? .down : .up) }
      if middle == same || middle == other { break }
      guard let (_, there) = outcome(path, Self.json(middle, isWhole)) else { return nil }
      if there == signature { same = middle } else { other = middle }
    }
    return (same, other, Self.json(other, isWhole))
  }

  private static func json(_ number: Double, _ isWhole: Bool) -> JSON {
    if isWhole || number.rounded() == number, let integer = Int64(exactly: number.rounded()) {
      return .integer(integer)
    }
    return .double(number)
  }

  // MARK: Asking

  private mutating func outcome(_ path: [String], _ value: JSON) -> (HistoryRun, JSON)? {
    asked += 1
    if asked > Self.questions { return nil }
    guard let run = ask(input.setting(path, to: value)) else { return nil }
    if case .failed(let failure) = run.ending, failure.code == .invalidInput { return nil }
    return (run, Self.signature(run))
  }

  private mutating func note(_ path: [String], _ now: JSON?, _ change: Counterfactual.Change, _ run: HistoryRun) {
    let pointer = path.map { "/" + $0 }.joined()
    var then = FieldDifference.between(base, Self.signature(run), wholeLists: true)
    // Between an answer and none, only that is told.
    if let ends = then.first(where: { $0.path == "/refused" || $0.path == "/failed" }) { then = [ends] }
    found.append(Counterfactual(path: pointer, now: now, change: change, then: then))
  }

  /// The parts of an answer that say which it is.
  private static func signature(_ run: HistoryRun) -> JSON {
    switch run.ending {
    case .answered(let result): result.named
    case .refused(let failure): ["refused": .string(failure.reason ?? failure.message)]
    case .failed(let failure): ["failed": .string(failure.code.rawValue)]
    }
  }
}

extension JSON {
  /// The same without numbers, texts that are numbers, and names that only the input gave.
  fileprivate var named: JSON {
    switch self {
    case .integer, .double: .null
    case .string(let text): Double(text) == nil ? self : .null
    case .array(let elements): .array(elements.map(\.named))
    case .object(let object): .object(JSON.Object(object.members.map { ($0.name, $0.value.named) }))
    case .bool, .null: self
    }
  }

  /// The same with every text that is `echo` hidden.
  fileprivate func hiding(_ echo: JSON?) -> JSON {
    guard let echo, echo.string != nil else { return self }
    switch self {
    case .string: return self == echo ? .null : self
    case .array(let elements): return .array(elements.map { $0.hiding(echo) })
    case .object(let object): return .object(JSON.Object(object.members.map { ($0.name, $0.value.hiding(echo)) }))
    default: return self
    }
  }

  /// The value at a path of members; nil when there is none.
  fileprivate func at(_ path: [String]) -> JSON? { path.reduce(self as JSON?) { $0?[$1] } }

  /// The same with another value at a path of members. O(size of the objects on the way).
  fileprivate func setting(_ path: [String], to value: JSON) -> JSON {
    guard let first = path.first else { return value }
    var object = object ?? JSON.Object()
    object[first] = (object[first] ?? .object(JSON.Object())).setting(Array(path.dropFirst()), to: value)
    return .object(object)
  }
}
