import Decisions
import Observability
import Server

/// The settings of `cascade serve`.
struct ServeSettings: Sendable {
  /// The usual ``awareness``.
  static let awareness = Int(SelfModelLimits.interval.components.seconds)

  var rulebook: String
  var data: String
  var api: Address
  var decisions: Address
  /// The number of lanes; nil for one a core.
  var laneCount: Int?
  var allow: [String]
  /// The proxies in front of the API port.
  var proxies: TrustedProxies
  var watches: Bool
  var isDemo: Bool
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
}
