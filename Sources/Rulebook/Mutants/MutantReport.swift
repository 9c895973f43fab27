package import Core

/// What the specs made of all mutants.
package struct MutantReport: Sendable {
  /// Survivors that nobody has explained.
  package let unexplained: [Mutant]
  /// Survivors with the reason why no spec needs to find them.
  package let explained: [(mutant: Mutant, reason: String)]
  /// Entries about mutants that don't survive.
  package let stale: [KnownSurvivors.Entry]
  /// How many a spec found.
  package let found: Int
  /// How many are no rulebooks; they count for nothing.
  package let unloadable: Int

  /// The report of these results. O(results · known).
  package init(_ results: [MutantResult], known: KnownSurvivors) {
    let survivors = results.filter { $0.fate == .survived }.map(\.mutant)
    unexplained = survivors.filter { known.reason(for: $0) == nil }
    explained = survivors.compactMap { mutant in known.reason(for: mutant).map { (mutant, $0) } }
    let titles = Set(survivors.map { ExactText($0.title) })
    stale = known.entries.filter { !titles.contains(ExactText($0.title)) }
    found = results.count { $0.fate == .found }
    unloadable = results.count { $0.fate == .unloadable }
  }

  /// Mutants that are rulebooks.
  package var total: Int { found + unexplained.count + explained.count }

  /// Of these the share that was found, from 0 to 1; 1 when there are none.
  package var ratio: Double { total == 0 ? 1 : Double(found) / Double(total) }

  /// The report for people: each survivor with its place, then one line of counts. `verbose` lists those that are
  /// explained, too.
  package func pretty(verbose: Bool) -> String {
    var lines = unexplained.map { Self.line($0) }
    if verbose { lines += explained.map { Self.line($0.mutant) + "\n  explained: " + $0.reason } }
    lines += stale.map { "\($0.place.file):\($0.place.line): no such mutant survives; take it out: \($0.title)" }
    let share = ReportText.percent(hit: found, lines: total)
    lines.append(
      "\(total) mutants: \(found) found (\(share) %), \(unexplained.count) survived, \(explained.count) survived as "
        + "explained; \(unloadable) more don't load")
    return lines.map { $0.words(at: "\n").map { ReportText.printable(String($0)) }.joined(separator: "\n") }
      .joined(separator: "\n") + "\n"
  }

  private static func line(_ mutant: Mutant) -> String {
    "\(mutant.file):\(mutant.line):\(mutant.column): survived: \(mutant.change): \(mutant.text)"
  }

  /// `{"mutants","found","unloadable","survived":[…],"explained":[…],"stale":[…]}`
  package var json: JSON {
    [
      "mutants": .integer(Int64(total)), "found": .integer(Int64(found)), "unloadable": .integer(Int64(unloadable)),
      "survived": .array(unexplained.map(\.json)),
      "explained": .array(
        explained.map { mutant, reason in
          var object = mutant.json.object ?? JSON.Object()
          object["reason"] = .string(reason)
          return .object(object)
        }),
      "stale": .array(stale.map { .string($0.title) }),
    ]
  }
}
