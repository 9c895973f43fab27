package import Core

/// What one spec did when it ran.
package struct SpecResult: Sendable, Equatable {
  /// How a spec ended.
  package enum Status: String, Sendable {
    /// Every assertion of the spec held.
    case passed
    /// An assertion did not hold, or the spec raised an error or hit a limit.
    case failed
    /// Announced with `pending`, so not run.
    case pending
  }

  /// The spec file, relative to the rulebook: `plugins/tiers/spec/tiers_spec.lua`.
  package var file: String
  /// The names of the `describe` blocks around the spec, outermost first.
  package var path: [String]
  /// What the spec's `it` or `pending` says.
  package var name: String
  /// How the spec ended.
  package var status: Status
  /// Why it failed, the first line being `file:line: text`; or why it is pending.
  package var message: String?
  /// The Lua call stack at the failure, innermost first, one frame an element.
  package var traceback: [String]
  /// Wall time of the spec with its `before_each` and `after_each`, in nanoseconds.
  package var durationNanoseconds: UInt64
  /// The deterministic cost of the run.
  package var fuel: UInt64
  /// What rules noted, as `file:line: why: value`; the first of them.
  package var notes: [String] = []
  /// The seed that reproduces a `property`; nil for other specs.
  package var seed: UInt64?
  /// The case that it was declared for, as `file:line` of a file of cases; nil for other specs.
  package var place: String?
  /// Whether it failed for having asserted nothing, and for nothing else.
  package var assertsNothing = false

  /// One finished spec; everything beyond its name and status may be left out.
  package init(
    file: String,
    path: [String],
    name: String,
    status: Status,
    message: String? = nil,
    traceback: [String] = [],
    durationNanoseconds: UInt64 = 0,
    fuel: UInt64 = 0,
    seed: UInt64? = nil
  ) {
    self.file = file
    self.path = path
    self.name = name
    self.status = status
    self.message = message
    self.traceback = traceback
    self.durationNanoseconds = durationNanoseconds
    self.fuel = fuel
    self.seed = seed
  }
}

/// Everything one run of `cascade test` found out: what the reports are made of.
package struct SpecRun: Sendable, Equatable {
  /// The specs in the order they ran.
  package var results: [SpecResult]
  /// One message for each spec file that could not be loaded, beginning `file:line: `.
  package var loadErrors: [String]
  /// Wall time of the whole run, in nanoseconds.
  package var durationNanoseconds: UInt64
  /// Which lines ran; nil when coverage was not asked for.
  package var coverage: LineCoverage?

  package init(
    results: [SpecResult],
    loadErrors: [String] = [],
    durationNanoseconds: UInt64 = 0,
    coverage: LineCoverage? = nil
  ) {
    self.results = results
    self.loadErrors = loadErrors
    self.durationNanoseconds = durationNanoseconds
    self.coverage = coverage
  }

  /// How many specs ended with `status`. O(specs).
  package func count(_ status: SpecResult.Status) -> Int {
    results.count { $0.status == status }
  }

  /// Whether the run is good: nothing failed and every file loaded. O(specs).
  package var isSuccess: Bool {
    loadErrors.isEmpty && count(.failed) == 0
  }

  /// Whether a run that isn't good has shown nothing either: no spec ran, or all that failed asserted nothing.
  /// O(specs).
  package var showsNothing: Bool {
    results.isEmpty || loadErrors.isEmpty && results.allSatisfy { $0.status != .failed || $0.assertsNothing }
  }
}

/// How often each line that can run did run, and which way its branches went.
package struct LineCoverage: Sendable, Equatable {
  /// Path relative to the rulebook → line (from 1) that holds code → how often it was reached.
  package var files: [ExactText: [Int: UInt64]]
  /// Path relative to the rulebook → the branches of the file in the order of their places.
  package var branches: [ExactText: [Branch]] = [:]

  /// Coverage of these files; lines without code are absent, lines never reached are there with 0.
  package init(files: [ExactText: [Int: UInt64]]) {
    self.files = files
  }

  /// The number of lines that hold code. O(files).
  package var lines: Int {
    files.values.reduce(0) { $0 + $1.count }
  }

  /// The number of lines that were reached. O(lines).
  package var hit: Int {
    files.values.reduce(0) { $0 + $1.values.count { $0 > 0 } }
  }

  /// The number of ways that branches can go, two each. O(files).
  package var ways: Int {
    branches.values.reduce(0) { $0 + 2 * $1.count }
  }

  /// The number of ways that were taken. O(branches).
  package var taken: Int {
    branches.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.taken } }
  }

  /// Lines reached ÷ lines that hold code, from 0 to 1; 1 when there is no code. O(lines).
  package var ratio: Double {
    lines == 0 ? 1 : Double(hit) / Double(lines)
  }
}
