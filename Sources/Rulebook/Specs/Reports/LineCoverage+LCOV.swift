internal import Core

extension LineCoverage {
  /// The coverage as an LCOV trace file, for `genhtml` and code review tools: files by path, lines in
  /// order. O(lines · log lines).
  ///
  /// A path that holds a line break is written with a space instead, as the format has no escapes.
  package func lcov() -> String {
    var out = ""
    for (file, hits) in files.sorted(by: { $0.key < $1.key }) {
      out += "TN:\nSF:\(ReportText.printable(file.text))\n"
      for (line, count) in hits.sorted(by: { $0.key < $1.key }) {
        out += "DA:\(line),\(count)\n"
      }
      out += "LF:\(hits.count)\nLH:\(hits.values.count { $0 > 0 })\nend_of_record\n"
    }
    return out
  }
}
