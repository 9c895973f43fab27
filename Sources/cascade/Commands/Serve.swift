import ArgumentParser
import Core
import Decisions
import LuaRuntime
import Observability
import Rulebook
import Server

/// `cascade serve`: runs a host.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a host that decides by a rulebook.",
    discussion: "A missing option takes its environment form, then the value in --config, then its default.")

  @Option(help: "The directory with plugins/ and policies/. (default: .)") var rulebook: String?
  @Option(help: "The host's data directory. (default: .cascade, with --demo .cascade-demo)") var data: String?
  @Option(help: "Where the API port listens. (default: 127.0.0.1:8080)") var api: String?
  @Option(help: "Where the decision port listens. (default: 127.0.0.1:8181)") var decisions: String?
  @Option(help: "How many lanes decide. (default: one a core)") var lanes: Int?
  @Option(
    help: "Which decisions without effects leave a record: all, effects (none) or sample:N. (default: all)")
  var records: String?
  @Option(help: "How long records of decisions without effects are kept: 90d, 36h. (default: for ever)")
  var keepRecords: String?
  @Option(help: "Seconds between two steps of the platform's model of itself; 0: no steps. (default: 15)")
  var awareness: Int?
  @Option(help: "The issuer in tokens: the origin at which others reach the API. (default: the API port's own)")
  var issuer: String?
  @Option(help: "A further name or origin to answer to; may be given again.") var allow: [String] = []
  @Option(help: "A proxy whose word about its clients counts: CIDR, or unix for a Unix socket; may be given again.")
  var trustedProxy: [String] = []
  @Option(help: "The field in which proxies tell their clients: x-forwarded-for, forwarded. (default: x-forwarded-for)")
  var forwardedHeader: String?
  @Flag(help: "Reloads when a file of the rulebook changes.") var watch = false
  @Flag(help: "Reloads also when decisions are gone that were asked for within the hour.") var allowRemoval = false
  @Flag(help: "Doesn't start by the rulebook that decided last when something is wrong with the files.")
  var strict = false
  @Flag(help: "Serves the sample citizens and their trust instead of asking the network.") var demo = false
  @Flag(help: "Says once that the payments of an earlier version in --data are the network's.") var live = false
  @Option(help: "A signed checkpoint, kept elsewhere, that the ledger must reach.") var checkpoint: String?
  @Option(help: "Goes on without lost data: the sequence at which the ledger ends, or a part's name; recorded.")
  var acceptLoss: [String] = []
  @Flag(help: "Starts though the clock jumped by more than a day since the last host saw it.") var acceptClock = false
  @Flag(name: .customLong("no-specs"), help: "Loads rulebooks without running their specs.") var noSpecs = false
  @Option(help: "A file with Stripe's secret key, which only its owner may read; or set CASCADE_STRIPE_KEY.")
  var stripeKeyFile: String?
  @Option(help: "The same for Stripe's webhook secret; or set CASCADE_STRIPE_WEBHOOK_SECRET.")
  var stripeWebhookSecretFile: String?
  @Option(help: "enforce wants a root in the chain, that of --governance-root; without it the chain decides.")
  var governance: String?
  @Option(help: "The digest of the first root, without which the host doesn't start: sha256:….")
  var governanceRoot: String?
  @Option(help: "What a stale statement of freshness does: warn, or refuse whatever has effects. (default: warn)")
  var freshness: String?
  @Option(help: "The form of the log on standard error: text, or json, an object a line. (default: text)")
  var logFormat: String?
  @Option(help: "What the log holds: trace, debug, info, notice, warning, error or critical and above. (default: info)")
  var logLevel: String?
  @Flag(help: "Logs each request to the API port: who asked for what from where, and what came of it.")
  var accessLog = false
  @Option(help: "A JSON file with options: {\"api\":\"127.0.0.1:8080\",…}.") var config: String?

  func run() async throws {
    let settings: ServeSettings
    do {
      settings = try self.settings()
    } catch let error as ReadingError {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    do {
      try await ServingHost.run(settings)
    } catch let rejected as RulebookRejected {
      rejected.report()
      throw ExitCode.couldNotStart
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// The given options, completed from the environment, the file and the defaults. Throws a usage error that names the
  /// option.
  private func settings() throws -> ServeSettings {
    let sources = try SettingSources(file: config ?? Environment.value(of: "config"))
    let laneCount = try sources.number(lanes, "lanes")
    guard laneCount.map({ (1...256).contains($0) }) ?? true else {
      throw ValidationError("--lanes is between 1 and 256")
    }
    let awareness = try sources.number(awareness, "awareness") ?? ServeSettings.awareness
    guard (0...60).contains(awareness) else { throw ValidationError("--awareness is between 0 and 60") }
    let issuer = try sources.text(issuer, "issuer")
    guard issuer.map({ HostAndOriginPolicy.isOrigin($0) }) ?? true else {
      throw ValidationError("--issuer is an origin such as https://cascade.example, without a slash at its end")
    }
    guard let records = RecordPolicy(try sources.text(records, "records") ?? "all") else {
      throw ValidationError("--records is all, effects or sample:N")
    }
    let keepRecords = try sources.text(keepRecords, "keep-records")
    let keepsRecords = keepRecords.flatMap { AgeText.milliseconds($0) }
    if let keepRecords, keepsRecords == nil {
      throw ValidationError("--keep-records is \(AgeText.form), not '\(keepRecords)'")
    }
    let allow = try sources.list(allow, "allow")
    if let odd = allow.first(where: { !HostAndOriginPolicy.canAllow($0) }) {
      throw ValidationError("--allow wants a name, with a port or without, or an origin, got '\(odd)'")
    }
    let api = try Address(try sources.text(api, "api") ?? Address.defaultAPI, option: "--api")
    let decisions = try Address(
      try sources.text(decisions, "decisions") ?? Address.defaultDecisions, option: "--decisions")
    if api.port != 0 && api.text == decisions.text {
      throw ValidationError("--api and --decisions are both \(api.text); they need a port each")
    }
    let proxies = try self.proxies(sources)
    let (isDemo, isLive) = (try sources.flag(demo, "demo"), try sources.flag(live, "live"))
    if isDemo && isLive { throw ValidationError("--demo and --live exclude each other") }
    let stripe = try StripeSecrets(
      keyFile: try sources.text(stripeKeyFile, "stripe-key-file"),
      webhookSecretFile: try sources.text(stripeWebhookSecretFile, "stripe-webhook-secret-file"), isDemo: isDemo)
    return ServeSettings(
      rulebook: try sources.text(rulebook, "rulebook") ?? ".",
      data: try sources.text(data, "data") ?? (isDemo ? DataDirectory.demo : DataDirectory.live),
      api: api, decisions: decisions, laneCount: laneCount, allow: allow, proxies: proxies,
      watches: try sources.flag(watch, "watch"),
      isDemo: isDemo, isLive: isLive, checkpoint: try sources.text(checkpoint, "checkpoint"),
      acceptedLosses: try AcceptedLosses(try sources.list(acceptLoss, "accept-loss")),
      acceptsClock: try sources.flag(acceptClock, "accept-clock"),
      isStrict: try sources.flag(strict, "strict"),
      allowsRemoval: try sources.flag(allowRemoval, "allow-removal"), runsSpecs: try !sources.flag(noSpecs, "no-specs"),
      records: records, keepsRecords: keepsRecords, awareness: awareness, stripe: stripe,
      issuer: issuer, log: try LogSettings(sources, format: logFormat, level: logLevel, access: accessLog),
      governance: try GovernanceSettings(sources, governance, root: governanceRoot, freshness))
  }
}

extension Serve {
  /// The proxies that are trusted. Throws a usage error that names the text that is no network.
  private func proxies(_ sources: SettingSources) throws -> TrustedProxies {
    let trusted = try sources.list(trustedProxy, "trusted-proxy")
    if let odd = trusted.first(where: { TrustedProxies([$0]) == nil }) {
      throw ValidationError(
        "--trusted-proxy wants a network such as 10.0.0.0/8 or 2001:db8::/32, an address, or unix, got '\(odd)'")
    }
    let header = try sources.text(forwardedHeader, "forwarded-header") ?? TrustedProxies.Field.forwardedFor.rawValue
    guard let field = TrustedProxies.Field(rawValue: header.lowercased()) else {
      throw ValidationError("--forwarded-header is x-forwarded-for or forwarded")
    }
    return TrustedProxies(trusted, field: field) ?? .none
  }
}

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
