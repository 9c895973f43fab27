import Console
import Foundation
import Rulebook
import Testing

/// The names that the console's editor completes, held against the types that `cascade types` writes for other editors.
struct ConsoleCompletionTests {
  private let script: String
  /// The members of each class of the types, methods included; and the functions that are everybody's, under "".
  private let declared: [String: Set<String>]

  init() throws {
    script = String(decoding: try #require(ConsoleFiles.file("completion.js")).bytes, as: UTF8.self)
    var declared: [String: Set<String>] = [:]
    var name = ""
    for line in EditorTypes.library(decisions: []).split(separator: "\n") {
      if let found = line.firstMatch(of: /^---@class cascade\.([A-Za-z.]+)/) {
        name = String(found.output.1)
      } else if let found = line.firstMatch(of: /^---@field ([a-z_]+)/) {
        declared[name, default: []].insert(String(found.output.1))
      } else if let found = line.firstMatch(of: /^function Amount:([a-z_]+)/) {
        declared["Amount", default: []].insert(String(found.output.1))
      } else if let found = line.firstMatch(of: /^function ([a-z_]+)\(/) {
        declared["", default: []].insert(String(found.output.1))
      }
    }
    self.declared = declared
  }

  /// The texts of the list behind this text of the script.
  private func list(_ head: String) throws -> Set<String> {
    let parts = script.components(separatedBy: head + "[")
    let body = try #require(parts.count == 2 ? parts[1].components(separatedBy: "]").first : nil, "\(head)")
    return Set(body.matches(of: /"([a-z_]+)"/).map { String($0.output.1) })
  }

  @Test func `the host's calls, amounts and assertions are completed as the types declare them`() throws {
    #expect(try list("  host: ") == declared["Host"])
    for name in try #require(declared["Host"]) where declared["Host.\(name)"] != nil {
      #expect(try list("\"host.\(name)\": ") == declared["Host.\(name)"], "host.\(name)")
    }
    #expect(try list("AMOUNT = ") == declared["Amount"])
    #expect(try list("  assert: ") == declared["Assert"])
    #expect(try list("  generate: ") == declared["Generate"])
  }

  @Test func `every word of rules and specs is completed`() throws {
    let words = try list("WORDS = ")
    let missing = try #require(declared[""]).subtracting(words)
    #expect(missing.isEmpty, "\(missing)")
  }
}
