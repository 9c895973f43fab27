/// Texts that break what isn't written with care: line ends, quotes, marks that combine with what stands before them,
/// control characters, the words and signs of every format that the program writes.
package enum HostileTexts {
  /// Each by itself.
  package static let all: [String] =
    [
      "", " ", "\n", "\r", "\r\n", "\n\r", "\u{B}\u{C}", "\u{85}", "\u{2028}x\u{2029}y", "a\nFORGED", "a\r\nFORGED",
      "a\rFORGED", "\u{1B}[2J\u{1B}]0;title\u{7}", "\u{9B}31mred", "\u{8}\u{8}\u{7F}", "\u{202E}drow\u{202C}",
      "\u{2066}x\u{2069}",
      "\u{FEFF}mark", "tab\there", "\"", "\"\"", "\"\u{301}", ",\u{301}", "\n\u{301}", "=\u{301}", "'", "'=x", "''=x",
      "\\",
      "\\n", "\\\"", "\\\u{301}", "e\u{301}", "\u{E9}", "K", "\u{212A}", "=1+1", "+1", "-1", "@sum", "\t=1", "\r=1",
      "a,b", "a;b",
      "a|b", "100%", "%0A", "%0D%0A::error::x", "::error file=x::y", "# SKIP", "#", "\\#", "...", "---", "1..0",
      "ok 1 - x",
      "end_of_record", "SF:x", "DA:1,1", "<b>&amp;</b>", "]]>", "</testcase>", "<!--", "--[[ x ]]", "]]", "{}", "[]",
      "null",
      "\u{FFFE}\u{FFFF}", "\u{1F468}\u{200D}\u{1F469}", "; comment", "* (1) x", "2024-01-01 * \"x\"", "a  b", " lead",
      "trail ", "@@ 1 USD",
      "\u{1}\u{2}\u{3}\u{1F}", String(repeating: "x\n", count: 200),
    ]

  /// Pieces of them put together by chance; the same for the same seed.
  package static func mixed(seed: UInt64, count: Int) -> [String] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func below(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    return (0..<count).map { _ in (0...below(4)).map { _ in all[below(all.count)] }.joined() }
  }
}
