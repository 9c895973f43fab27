package import Core
internal import LuaRuntime

/// One thing that is wrong with a rulebook.
package struct RulebookError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is; the raw value is the wire name.
  package enum Code: String, Sendable, CaseIterable {
    /// A file does not compile, or its top level raised an error.
    case loadFailed = "load_failed"
    /// A file or directory can't be read.
    case unreadable
    /// The files changed each time they were read.
    case unstable
    /// A limit of the rulebook is reached.
    case tooLarge = "too_large"
    /// A plugin's table isn't what a plugin's table must be.
    case invalidPlugin = "invalid_plugin"
    /// A policy isn't a plain table.
    case invalidPolicy = "invalid_policy"
    /// A plugin says that numbers of a policy have consequences that may not be meant.
    case doubtfulPolicy = "doubtful_policy"
    /// A file of cases isn't the table that it should be.
    case invalidCases = "invalid_cases"
    /// Two plugins offer one decision.
    case duplicateDecision = "duplicate_decision"
    /// A name is written out that no schema declares and no policy has.
    case undeclaredName = "undeclared_name"
    /// A name is neither a local nor the sandbox's.
    case unknownGlobal = "unknown_global"
    /// An assertion is given what it can't work with.
    case assertionMisuse = "assertion_misuse"
    /// A rule asks the host for what it hasn't, or in a way that it doesn't answer.
    case hostMisuse = "host_misuse"
    /// A decision returns what its output doesn't declare.
    case invalidResult = "invalid_result"
    /// A field is compared with what it can't be.
    case impossibleComparison = "impossible_comparison"
    /// A table sets one key twice.
    case duplicateKey = "duplicate_key"
    /// A decision makes a host call, or debits an account, that it doesn't declare.
    case undeclaredCall = "undeclared_call"
    /// A decision refuses by a code that it doesn't declare.
    case undeclaredRefusal = "undeclared_refusal"
    /// A decision declares what it never does.
    case unusedDeclaration = "unused_declaration"
    /// Specs or rules stand where nobody runs them.
    case neverRuns = "never_runs"
    /// A spec failed, or a spec file didn't load.
    case specFailed = "spec_failed"
    /// Loading cost too much.
    case fuelExhausted = "fuel_exhausted"
    /// Loading took too much memory.
    case memoryExhausted = "memory_exhausted"
    /// Loading took too long.
    case deadline
    /// A file did what only a decision may, or nobody.
    case forbidden
    /// Another host can't load the rulebook, or doesn't say whether it can.
    case hostRefused = "host_refused"
    /// The store did not take the rulebook or its number.
    case storage
    /// Governance is in force, and this isn't what holders signed.
    case governed
    /// Decisions that are asked for would be gone.
    case removesDecisions = "removes_decisions"
    /// There is no earlier generation to go back to.
    case noEarlierGeneration = "no_earlier_generation"
  }

  /// What kind of trouble it is.
  package var code: Code
  /// One line, beginning with `file:line: ` where that is known.
  package var message: String
  /// The file of the rulebook.
  package var file: String?
  /// The line in it, from 1.
  package var line: Int?
  /// The column in it, from 1, counted in bytes; nil when only the line is known.
  package var column: Int?
  /// The Lua call stack, innermost first.
  package var traceback: [String]

  /// An error at a place that is known; `text` says what happened and what to do.
  package init(_ code: Code, file: String, line: Int? = nil, column: Int? = nil, _ text: String) {
    self.init(code, message: file + (line.map { ":\($0)" } ?? "") + ": " + text, file: file, line: line)
    self.column = column
  }

  /// An error whose message already says where.
  package init(_ code: Code, message: String, file: String? = nil, line: Int? = nil, traceback: [String] = []) {
    self.code = code
    self.message = message
    self.file = file
    self.line = line
    self.traceback = traceback
  }

  package var description: String { message }

  /// `{"code","message","file","line","column"}`, the last three where they are known.
  package var problem: JSON { .object(members) }

  private var members: JSON.Object {
    var object = JSON.Object([("code", .string(code.rawValue)), ("message", .string(message))])
    object["file"] = file.map { .string($0) }
    object["line"] = line.map { .integer(Int64($0)) }
    object["column"] = column.map { .integer(Int64($0)) }
    return object
  }

  /// The same with `traceback`, where there is one.
  package var json: JSON {
    var object = members
    if !traceback.isEmpty { object["traceback"] = .array(traceback.map { .string($0) }) }
    return .object(object)
  }
}

extension RulebookError {
  /// What Lua said about the file at `path`.
  init(_ failure: LuaFailure, path: String) {
    let code: Code =
      switch failure.code {
      case .fuelExhausted: .fuelExhausted
      case .memoryExhausted: .memoryExhausted
      case .deadline: .deadline
      case .forbidden: .forbidden
      default: .loadFailed
      }
    let message =
      failure.file == nil && !failure.message.begins(with: path) ? path + ": " + failure.message : failure.message
    let place = SpecMessage(message)
    self.init(
      code, message: message, file: failure.file ?? place.file ?? path, line: failure.line ?? place.line,
      traceback: failure.traceback)
  }
}

/// Everything that was found wrong with a rulebook: it was not activated.
package struct RulebookRejected: WireError, Equatable, CustomStringConvertible {
  /// What is wrong, at least one, the first being the reason.
  package var errors: [RulebookError]

  /// A rejection for these reasons.
  package init(_ errors: [RulebookError]) { self.errors = errors }

  /// The messages, one a line.
  package var description: String { errors.map(\.message).joined(separator: "\n") }

  /// Everything that is wrong, the first being the reason. The old generation serves on.
  package var wireProblem: WireProblem {
    let reason = errors.first
    var problem = WireProblem(
      reason?.code == .noEarlierGeneration ? .nothingToRollBack : .loadFailed,
      reason?.message ?? "nothing was changed; the old generation serves on")
    problem.errors = errors.map(\.problem)
    return problem
  }
}
