internal import Foundation

/// A rulebook's directory whose two policies carry one marker, and go with the test.
final class MarkedRulebook: Sendable {
  let path = NSTemporaryDirectory() + "fleet-" + UUID().uuidString

  init(_ marker: Int) throws {
    try FileManager.default.createDirectory(atPath: path + "/plugins/probe", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: path + "/policies", withIntermediateDirectories: true)
    try Self.probe.write(toFile: path + "/plugins/probe/plugin.lua", atomically: true, encoding: .utf8)
    try mark(marker)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func mark(_ marker: Int) throws {
    for name in ["left", "right"] {
      try "return { marker = \(marker) }\n".write(
        toFile: "\(path)/policies/\(name).lua", atomically: true, encoding: .utf8)
    }
  }

  private static let probe = """
    local left = require "policies.left"
    local right = require "policies.right"
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.markers"] = { input = {}, output = { left = "integer", right = "integer" },
        decide = function() return { left = left.marker, right = right.marker } end },
      ["probe.pay"] = { input = {}, output = { marker = "integer" }, uses = { "ledger.post" }, debits = { "pot" },
        decide = function(_, host)
          host.ledger.post { from = "pot", to = "shop:" .. left.marker, amount = amount("DUC/2", 1) }
          return { marker = right.marker }
        end },
    } }
    """
}
