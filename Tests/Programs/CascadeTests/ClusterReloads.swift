import Core

extension ClusterFixture {
  /// A plugin that says its number.
  private static func marker(_ number: Int) -> String {
    """
    return { name = "marker", version = "1.0.0", decisions = {
      ["marker.say"] = { input = {}, output = { number = "integer" },
        decide = function() return { number = \(number) } end },
      ["marker.pay"] = { input = {}, output = { number = "integer" }, uses = { "ledger.post" },
        debits = { "citizen:anna" },
        decide = function(_, host)
          host.ledger.post { from = "citizen:anna", to = "marker:\(number)", amount = amount("DUC/2", 1) }
          return { number = \(number) }
        end },
    } }
    """
  }

  /// Has a host load a plugin that says this number, for all of them.
  func reload(_ host: RunningServer, _ number: Int) throws -> RunningServer.Answer {
    try write("plugins/marker/plugin.lua", Self.marker(number), of: host)
    return try host.ask(try authorization() + ["-X", "POST", "http://\(host.api)/v1/rulebook?specs=false"])
  }
}
