internal import Core
internal import LuaRuntime

extension LineCoverage {
  /// The coverage as an LCOV trace file, for `genhtml` and code review tools: files by path, lines in
  /// order. O(lines · log lines).
  ///
  /// A branch is a block of its own with two ways: 0 when its condition held or its loop had a round, 1 when not. A way
  /// of a branch that was never reached is `-`.
  ///
  /// A path that holds a line break is written with a space instead, as the format has no escapes.
  package func lcov() -> String {
    var out = ""
    for (file, hits) in files.sorted(by: { $0.key < $1.key }) {
      out += "TN:\nSF:\(ReportText.printable(file.text))\n"
      let branches = branches[file] ?? []
      for (block, branch) in branches.enumerated() {
        for (way, count) in [branch.hits.yes, branch.hits.no].enumerated() {
          out += "BRDA:\(branch.line),\(block),\(way),\(branch.taken == 0 ? "-" : String(count))\n"
        }
      }
      if !branches.isEmpty {
        out += "BRF:\(2 * branches.count)\nBRH:\(branches.reduce(0) { $0 + $1.taken })\n"
      }
      for (line, count) in hits.sorted(by: { $0.key < $1.key }) {
        out += "DA:\(line),\(count)\n"
      }
      out += "LF:\(hits.count)\nLH:\(hits.values.count { $0 > 0 })\nend_of_record\n"
    }
    return out
  }
}
