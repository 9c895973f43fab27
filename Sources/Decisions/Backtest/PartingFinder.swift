internal import Core
internal import LuaRuntime
package import Rulebook

/// Finds the first line at which a run by one rulebook and a run by another part.
///
/// Lines are the same when they are by the difference of the two files; values that a line reads of a policy count as
/// what the line does. A run may part at a line that is as it was, for a reason that lies in what was loaded: then the
/// line that the loading read, or that is new, is named.
package struct PartingFinder {
  private let before: CheckedRulebook
  private let after: CheckedRulebook
  private var maps: [String: LineMap] = [:]
  private var tables: [String: TableLines] = [:]
  private var oldTables: [String: TableLines] = [:]
  private var known: [Forms: Parting?] = [:]

  /// All of two runs by which they are told apart: of what hosts answered and rules noted, that it is the same.
  private struct Forms: Hashable {
    var point: String
    var old: [UInt8]
    var new: [UInt8]
    var areSame: [Bool]

    init(_ point: String, _ old: TraceForm, _ new: TraceForm) {
      (self.point, self.old, self.new) = (point, old.steps, new.steps)
      areSame = zip(old.values, new.values).map { $0 == $1 }
    }

    /// Longer ones are rare, and aren't kept.
    static let bytes = 64 << 10
    /// As many are kept.
    static let most = 32
  }

  /// Compares runs by `before` with runs by `after`.
  package init(_ before: CheckedRulebook, _ after: CheckedRulebook) {
    self.before = before
    self.after = after
  }

  /// Where the two runs of `question` part, of which the candidate's was asked `asked`; nil when nothing tells them
  /// apart, or they can't be followed. Most decisions go one of a few ways, and are found in O(bytes); else O(events).
  package mutating func parting(
    _ question: RecordedQuestion, by baseline: inout HistoryMachine, asked: RecordedQuestion,
    by candidate: inout HistoryMachine
  ) -> Parting? {
    guard let old = baseline.follow(question), let new = candidate.follow(asked) else { return nil }
    let forms = Forms(question.record.point, old.form, new.form)
    if let found = known[forms] {
      old.drop()
      new.drop()
      return found
    }
    let found = parting(question.record.point, (old.loading, old.take()), (new.loading, new.take()))
    if forms.old.count + forms.new.count <= Forms.bytes {
      if known.count >= Forms.most { known.removeAll() }
      known[forms] = .some(found)
    }
    return found
  }

  /// Where the two runs of the decision `point` part; nil when nothing tells them apart. O(events).
  private mutating func parting(
    _ point: String, _ old: (loading: Trace, run: Trace), _ new: (loading: Trace, run: Trace)
  ) -> Parting? {
    let left = Self.ordered(old.run.events)
    let right = Self.ordered(new.run.events)
    var place = 0
    while place < left.count, place < right.count, isSame(left[place], right[place]) { place += 1 }
    let one = place < left.count ? left[place] : nil
    let other = place < right.count ? right[place] : nil
    if one == nil, other == nil { return hidden(left, old.loading, new.loading) ?? start(of: point) }
    if let found = read(one, other, old.loading, new.loading) { return found }
    if let found = line(one, other) { return found }
    // Both lines are as they were: what leads to one or the other lies behind.
    if let found = hidden(left, old.loading, new.loading) { return found }
    guard let last = left[..<place].last(where: { $0.kind == .line }) else { return start(of: point) }
    let map = map(last.file)
    let line = map.line(last.line) ?? last.line
    return Parting(file: last.file, line: line, before: map.oldText(last.line), after: map.newText(line))
  }

  /// What is read of a whole table comes in no order.
  private static func ordered(_ events: [TraceEvent]) -> [TraceEvent] {
    var ordered = events
    var start = 0
    while start < ordered.count {
      guard case .entry = ordered[start].kind else {
        start += 1
        continue
      }
      var end = start
      while end < ordered.count, case .entry = ordered[end].kind { end += 1 }
      ordered[start..<end].sort { Self.keyText($0) < Self.keyText($1) }
      start = end
    }
    return ordered
  }

  private static func keyText(_ event: TraceEvent) -> String {
    guard case .entry(let key, _) = event.kind else { return "" }
    return key.file + "\u{1F}" + key.keys.map(\.text).joined(separator: "\u{1F}")
  }

  private mutating func isSame(_ left: TraceEvent, _ right: TraceEvent) -> Bool {
    switch (left.kind, right.kind) {
    case (.line, .line): left.file == right.file && map(left.file).line(left.line) == right.line
    default: left.kind == right.kind
    }
  }

  // MARK: What is read

  /// Both read one value, and it is another: where it stands.
  private mutating func read(
    _ left: TraceEvent?, _ right: TraceEvent?, _ old: Trace, _ new: Trace
  ) -> Parting? {
    guard let left, let right, let (key, was) = left.kind.reading, let (other, now) = right.kind.reading else {
      return entry(left, isOld: true) ?? entry(right, isOld: false)
    }
    if key == other { return cause(key, was, now, old, new, depth: 0) }
    // Entries of one table, of which one has another key.
    guard case .entry = left.kind, case .entry = right.kind else { return nil }
    return Self.keyText(left) < Self.keyText(right) ? entry(left, isOld: true) : entry(right, isOld: false)
  }

  /// A value of a table that the other table doesn't have.
  private mutating func entry(_ event: TraceEvent?, isOld: Bool) -> Parting? {
    guard let event, case .entry(let key, let value) = event.kind else { return nil }
    let line = (isOld ? oldTable(key.file) : table(key.file)).line(of: key.keys, value: value) ?? 1
    return Parting(
      file: key.file, line: line, before: isOld ? value.text : "", after: isOld ? "" : value.text)
  }

  /// Where a value stands; when its line is as it was, where what the line reads stands.
  private mutating func cause(
    _ key: TracedKey, _ was: TracedValue, _ now: TracedValue, _ old: Trace, _ new: Trace, depth: Int
  ) -> Parting {
    let isGone = now == .none
    let found = table(key.file).line(of: key.keys, value: now)
    let line = isGone ? oldTable(key.file).line(of: key.keys, value: was) ?? found ?? 1 : found ?? 1
    let parting = Parting(file: key.file, line: line, before: was.text, after: now.text)
    if isGone || !map(key.file).isKept(line) || depth > 8 { return parting }
    return cause(in: key.file, at: line, old, new, depth: depth + 1) ?? parting
  }

  /// What the loading of a file read that is another value now.
  private mutating func cause(
    in file: String?, at line: Int?, _ old: Trace, _ new: Trace, depth: Int
  ) -> Parting? {
    let known = Dictionary(old.events.compactMap(\.kind.reading)) { first, _ in first }
    for event in new.events where file.map({ event.file == $0 }) ?? true && line.map({ event.line == $0 }) ?? true {
      guard let (key, now) = event.kind.reading, let was = known[key], was != now else { continue }
      return cause(key, was, now, old, new, depth: depth)
    }
    return nil
  }

  // MARK: Lines

  /// One of the lines is new or gone.
  private mutating func line(_ left: TraceEvent?, _ right: TraceEvent?) -> Parting? {
    if let right, right.kind == .line, case let map = map(right.file), !map.isKept(right.line) {
      let replaced = map.replaced(by: right.line)
      return Parting(
        file: right.file, line: right.line, before: replaced.map(map.oldText) ?? "", after: map.newText(right.line))
    }
    guard let left, left.kind == .line, case let map = map(left.file), map.line(left.line) == nil else { return nil }
    return Parting(file: left.file, line: left.line, before: map.oldText(left.line), after: "")
  }

  /// What isn't seen while the decision runs: a line that only loading ran, or what it read.
  private mutating func hidden(_ run: [TraceEvent], _ old: Trace, _ new: Trace) -> Parting? {
    var files: [String] = []
    for event in run where event.kind == .line && !files.contains(event.file) { files.append(event.file) }
    for file in files {
      for event in new.events where event.kind == .line && event.file == file {
        if let found = line(nil, event) { return found }
      }
    }
    for file in files {
      if let found = cause(in: file, at: nil, old, new, depth: 0) { return found }
    }
    if let found = cause(in: nil, at: nil, old, new, depth: 0) { return found }
    for event in new.events where event.kind == .line {
      if let found = line(nil, event) { return found }
    }
    return nil
  }

  /// Where the decision begins.
  private mutating func start(of point: String) -> Parting? {
    guard let decision = after.decision(named: point) ?? before.decision(named: point) else { return nil }
    let line = decision.line ?? 1
    let map = map(decision.file)
    return Parting(file: decision.file, line: line, before: map.oldText(line), after: map.newText(line))
  }

  // MARK: Files

  private mutating func map(_ file: String) -> LineMap {
    if let known = maps[file] { return known }
    let map = LineMap(Self.source(before, file), Self.source(after, file))
    maps[file] = map
    return map
  }

  private mutating func table(_ file: String) -> TableLines {
    if let known = tables[file] { return known }
    let made = TableLines(source: Self.source(after, file))
    tables[file] = made
    return made
  }

  private mutating func oldTable(_ file: String) -> TableLines {
    if let known = oldTables[file] { return known }
    let made = TableLines(source: Self.source(before, file))
    oldTables[file] = made
    return made
  }

  private static func source(_ rulebook: CheckedRulebook, _ file: String) -> [UInt8] {
    rulebook.snapshot.files[file] ?? []
  }
}

extension TraceEvent.Kind {
  /// A value that was read, alone or with its whole table.
  fileprivate var reading: (TracedKey, TracedValue)? {
    switch self {
    case .read(let key, let value), .entry(let key, let value): (key, value)
    default: nil
    }
  }
}
