import Foundation

/// The decision that is asked everywhere.
enum Question {
  /// Its name.
  static let point = "tier.assign"
  /// The plugin that offers it.
  static let plugin = "tiers"
  /// The bare input, with every field: the plain rule knows no defaults.
  static let input = #"{"social_class":"Popolani","influence":120,"ducats":5000}"#
  /// The body of a single decision.
  static let body = #"{"input":\#(input)}"#
  /// Its path on both servers.
  static let path = "/v1/decisions/tier.assign"

  /// A script that makes wrk ask it.
  static var script: String {
    """
    wrk.method = "POST"
    wrk.headers["content-type"] = "application/json"
    wrk.body = '\(body)'

    """
  }

  /// A script that makes wrk send batches of `lines` lines.
  static func batchScript(lines: Int) -> String {
    """
    wrk.method = "POST"
    wrk.headers["content-type"] = "application/x-ndjson"
    wrk.body = string.rep('\(input)\\n', \(lines))

    """
  }
}
