import Core
import Decisions
import Rulebook
import Testing

/// Questions to every decision that is shipped, on each of its branches that an input can reach.
enum ShippedInputs {
  static let hold = "018bcfe5-6800-7000-8000-0000000000aa"

  private static func amount(_ minor: Int, _ asset: String) -> String { #"{"asset":"\#(asset)","minor":\#(minor)}"# }

  private static func priced(_ side: String, _ minor: Int, _ asset: String, _ more: String = "") -> String {
    #"{"side":"\#(side)","amount":\#(amount(minor, asset)),"level":0.5\#(more)}"#
  }

  private static func sale(_ gross: Int, _ net: Int, _ uplift: String) -> String {
    #"""
    {"payment":"p-1","citizen":"alice","amount":\#(amount(10_000, "DUC/2")),"rate":"0.10","multiplier":"1.500000",
    "gross":\#(amount(gross, "USD/2")),"fee":\#(amount(25, "USD/2")),"net":\#(amount(net, "USD/2")),
    "uplift":"\#(uplift)","generation":7,"decision":"d-1"}
    """#
  }

  private static func order(_ open: Int, _ charge: Int) -> String {
    #"""
    {"payment":"p-1","citizen":"alice","level":0.5,"kind":"package","rate":"0.10","multiplier":"1.000000",
    "ducats":\#(amount(100_000, "DUC/2")),"bonus":\#(amount(7_500, "DUC/2")),"fee":\#(amount(100, "USD/2")),
    "charge":\#(amount(charge, "USD/2")),"open_payments":\#(open),"generation":7,"decision":"d-1"}
    """#
  }

  private static func stands(_ charge: Int) -> String {
    #"{"payment":"p-1","ducats":\#(amount(100_000, "DUC/2")),"charge":\#(amount(charge, "USD/2"))}"#
  }

  private static func paid(_ collected: Int) -> String {
    #"""
    {"payment":"p-1","citizen":"alice","holds":["\#(hold)"],"ducats":\#(amount(100_000, "DUC/2")),
    "bonus":\#(amount(0, "DUC/2")),"fee":\#(amount(100, "USD/2")),"charge":\#(amount(10_000, "USD/2")),
    "collected":\#(amount(collected, "USD/2"))}
    """#
  }

  private static func lost(_ minor: Int) -> String {
    #"""
    {"payment":"p-1","charge":\#(amount(10_000, "USD/2")),"lost":\#(amount(minor, "USD/2")),
    "lost_before":\#(amount(0, "USD/2")),"postings":[{"transfer":"\#(hold)","from":"world","to":"clearing:stripe",
    "amount":\#(amount(10_000, "USD/2"))},{"transfer":"\#(hold)","from":"clearing:stripe","to":"bridge:dollars",
    "amount":\#(amount(9_900, "USD/2"))}]}
    """#
  }

  private static let metrics = #"""
    {"window":47,"degree":4,"edges":6,"triangles":4,"triangle_strength_sum":2.5,"crystallised":1,
    "top_trusts":[90,80,70,60],"trusts":[90,80,70,60],"median":51.5,"edges_total":20}
    """#

  static let byPoint: [String: [String]] = [
    "access.grant": ["0.1", "0.3", "0.5", "0.65"].map {
      #"{"citizen":{"username":"anna"},"measurement":{"level":\#($0)},"tier":"creator","permissions":["b","a"]}"#
    } + [#"{"citizen":{"username":""},"measurement":{"level":0.5},"tier":"creator","permissions":[]}"#],
    "awareness.claim": [#"{"components":[{"name":"a","probes":[true,false]},{"name":"b","probes":[]}]}"#],
    "awareness.declare": ["{}"],
    "awareness.forecast": [#"{"series":[{"name":"a","observed":[1,2,4]},{"name":"b","observed":[]}]}"#],
    "awareness.objectives": ["{}"],
    "awareness.score": [#"{"components":[{"name":"a"}],"series":[],"claims":[],"calls":[]}"#],
    "bridge.quote": [
      priced("sell", 100_000, "DUC/2"), priced("sell", 100_000, "DUC/2", #","citizen":"alice""#),
      priced("sell", 90_000_000, "DUC/2", #","citizen":"alice""#), priced("buy", 5_000, "USD/2"),
      priced("purchase", 5_000, "DUC/2"), priced("sell", 10, "DUC/2"), priced("buy", 100, "DUC/2"), "{}", "[1]",
    ],
    "bridge.validity": [
      priced("sell", 100_000, "DUC/2"), priced("buy", 500, "USD/2"), priced("purchase", 5_000, "DUC/2"),
    ],
    "bridge.purchase": [
      #"{"package":"noble"}"#, "{}", #"{"amount":\#(amount(100_000, "DUC/2")),"level":0.2}"#,
      #"{"amount":\#(amount(200, "DUC/2"))}"#,
    ],
    "bridge.sell": [sale(1_500, 1_475, "granted"), sale(1_000, 975, "none"), sale(1_000, 1, "none")],
    "consciousness.score": [metrics],
    "consciousness.measure": [#"{"citizen":"anna"}"#],
    "consciousness.validate": [#"{"citizen":"anna"}"#],
    "payment.authorize": [order(0, 10_000), order(5, 10_000), order(0, 0)],
    "payment.stands": [stands(10_000), stands(9_000)],
    "payment.settle": [paid(10_000), paid(9_000)],
    "payment.void": [#"{"payment":"p-1","holds":["\#(hold)"]}"#, #"{"payment":"p-1","holds":[]}"#],
    "payment.suspend": [
      #"{"payment":"p-1","citizen":"alice","collected":\#(amount(10_000, "USD/2")),"reason":"late"}"#
    ],
    "payment.reverse": [lost(5_000), lost(0)],
    "sprint.fund": [#"{"sprint":"s9"}"#, #"{"sprint":"s1"}"#],
    "sprint.spend": [100, 99_999_999].map {
      #"{"sprint":"s1","envelope":"team","week":1,"reason":"work","payee":"a","amount":\#(amount($0, "DUC/2"))}"#
    },
    "sprint.burndown": [#"{"sprint":"s1","week":2}"#, #"{"sprint":"s9","week":2}"#],
    "tier.assign": ["Nobili", "Cittadini", " Popolani ", "Forestieri from Milano", "?"].map {
      #"{"social_class":"\#($0)","influence":120,"ducats":60000}"#
    },
    "tiers.promote": [
      #"{"social_class":"Facchini","influence":10001}"#, #"{"social_class":"Nobili","uses_land":true}"#,
      #"{"social_class":"Clero","daily_income":1e9}"#,
    ],
    "treasury.redistribute": [
      #"{"citizens":[{"username":"anna","social_class":"Nobili"},{"username":"carlo","social_class":"Clero"}]}"#,
      #"{"citizens":[{"username":"anna","social_class":"Nobili"},{"username":"anna","social_class":"Clero"}]}"#,
      #"{"citizens":[]}"#,
    ],
    "trust.update": [#"{"trust":60,"change":3}"#, #"{"change":-300.5}"#],
    "trust.decay": [#"{"trust":90.5,"strength":3}"#],
  ]

  /// A world in which all of them were asked.
  static func world() throws -> RecordedWorld {
    let world = try RecordedWorld(RecordedWorld.shipped())
    world.balances = [
      "treasury": amount(1_000_000_000, "DUC/2"), "sprint:backing": amount(3_400_000_000, "DUC/2"),
      "sprint:s1:funding": amount(0, "DUC/2"), "sprint:s1:team": amount(15_000_000, "DUC/2"),
      "reserve:uplift": amount(1_000_000, "USD/2"), "bridge:dollars": amount(1_000, "USD/2"),
    ]
    let from = KnownHold.keeps(try #require(AccountName("reserve:ducats")))
    let holds = [try #require(Identifier(hold)): from]
    for (point, inputs) in byPoint.sorted(by: { $0.key < $1.key }) {
      world.graph =
        point == "consciousness.validate"
        ? ["observed": 4, "mean": .double(2.5), "deviation": .double(0.5), "z": 3] : .null
      if point == "consciousness.measure" { world.graph = try JSON(parsing: metrics) }
      for input in inputs { try world.decide(point, input, holds: holds) }
    }
    return world
  }
}
