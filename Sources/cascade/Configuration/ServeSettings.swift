import Core
import Decisions
import Observability
import Platform
import Server

/// The settings of `cascade serve`.
struct ServeSettings: Sendable {
  /// The usual ``awareness``.
  static let awareness = Int(SelfModelLimits.interval.components.seconds)

  var rulebook: String
  var data: String
  /// What the host shares with others; nil when it keeps all in its data directory.
  var shared: SharedStore?
  /// Seconds for which the host answers, marked as stale, without touch to the others; nil for the usual.
  var staleAfter: Int?
  var api: Address
  var decisions: Address
  /// The sockets that whoever started the process handed over in place of these addresses, by name.
  fileprivate(set) var handed: [String: Int32] = [:]
  /// The mode of the sockets' files.
  var socketMode: UInt32
  /// The number of lanes; nil for one a core.
  var laneCount: Int?
  var allow: [String]
  /// The proxies in front of the API port.
  var proxies: TrustedProxies
  var watches: Bool
  var isDemo: Bool
  /// Whether a demonstration's citizens ask for nothing by themselves.
  var isQuiet: Bool
  /// Whether the payments of an unmarked data directory are the network's.
  var isLive: Bool
  /// A file with a checkpoint that the ledger must reach; nil for none but the host's own.
  var checkpoint: String?
  /// What may be missing.
  var acceptedLosses: AcceptedLosses
  /// Whether the clock may have jumped.
  var acceptsClock: Bool
  /// Whether a start fails by files that can't decide.
  var isStrict: Bool
  /// Whether a reload may lose decisions that are asked for.
  var allowsRemoval: Bool
  var runsSpecs: Bool
  /// The decisions without effects whose records are kept.
  var records: RecordPolicy
  /// How long those are kept, milliseconds; nil for ever.
  var keepsRecords: Int64?
  /// Seconds between two steps of the model of the platform; 0 for no steps.
  var awareness: Int
  /// The secrets for Stripe.
  var stripe: StripeSecrets
  /// The issuer in tokens; nil for the API port's own address.
  var issuer: String?
  /// What the host says of itself while it runs.
  var log: LogSettings
  /// What the options want of governance.
  var governance: GovernanceSettings
  /// The settings as an operator may see them, with what gave each.
  var shown: [SettingsDesk.Setting]
}

extension ServeSettings {
  /// Listens on the sockets that were handed over, where some were. Throws when one can't be used.
  mutating func takeHandedSockets() throws(ReadingError) {
    let sockets: [String: HandedSockets.Socket]
    do throws(UsageError) {
      sockets = try HandedSockets(named: ["api", "decisions"]).sockets
    } catch {
      throw ReadingError(message: error.description)
    }
    handed = sockets.mapValues(\.descriptor)
    if let api = sockets["api"] { self.api = Address(api.place) }
    if let decisions = sockets["decisions"] { self.decisions = Address(decisions.place) }
  }
}
