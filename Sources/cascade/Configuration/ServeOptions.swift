import ArgumentParser
import Core
import Decisions
import Server

/// The options of `serve`, each of which may also stand in the environment and in a file.
struct ServeOptions: ParsableArguments {
  @Option(help: "The directory with plugins/ and policies/. (default: .)") var rulebook: String?
  @Option(help: "The host's data directory. (default: .cascade, with --demo .cascade-demo)") var data: String?
  @OptionGroup var store: StoreOptions
  @OptionGroup var cluster: ClusterOptions
  @Option(help: "Where the API port listens: HOST:PORT, or unix:PATH. (default: 127.0.0.1:8080)") var api: String?
  @Option(help: "Where the decision port listens: HOST:PORT, or unix:PATH. (default: 127.0.0.1:8181)")
  var decisions: String?
  @Option(help: "The mode of Unix sockets, in octal. (default: 0660)") var socketMode: String?
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
  @Flag(help: "Lets the sample citizens of a demonstration ask nothing by themselves.") var quietDemo = false
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
  @Option(help: "A TOML file with options, or JSON where its name ends in .json. (default: /etc/cascade/cascade.toml)")
  var config: String?

  /// The settings that the options give, completed from the environment, the file and the defaults, and where each
  /// comes from. Throws a usage error that names the option; a fault of the file is printed, and exits with 1.
  func resolved(readsSecrets: Bool = true) throws -> (settings: ServeSettings, sources: SettingSources) {
    do {
      let sources = try SettingSources(path: config)
      return (try settings(sources, readsSecrets: readsSecrets), sources)
    } catch let error as ReadingError {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// The same from these sources. Throws what can't be meant; without `readsSecrets`, the files of secrets may be
  /// missing.
  func settings(_ sources: SettingSources, readsSecrets: Bool) throws -> ServeSettings {
    let (isDemo, isLive) = (try sources.flag(demo, "demo"), try sources.flag(live, "live"))
    if isDemo && isLive { throw sources.fault("demo", "and live exclude each other") }
    let (api, decisions) = try addresses(sources)
    let keyFile = try sources.text(stripeKeyFile, "stripe-key-file")
    let webhookSecretFile = try sources.text(stripeWebhookSecretFile, "stripe-webhook-secret-file")
    let stripe =
      try readsSecrets
      ? StripeSecrets(keyFile: keyFile, webhookSecretFile: webhookSecretFile, isDemo: isDemo) : StripeSecrets.none
    return ServeSettings(
      rulebook: try sources.text(rulebook, "rulebook", or: "."),
      data: try sources.text(data, "data", or: isDemo ? DataDirectory.demo : DataDirectory.live),
      shared: try shared(sources, readsSecrets: readsSecrets),
      staleAfter: try number(cluster.staleAfter, "stale-after", within: 0...3_600, sources), api: api,
      decisions: decisions,
      socketMode: try mode(sources),
      laneCount: try number(lanes, "lanes", within: 1...256, sources),
      allow: try allowed(sources), proxies: try proxies(sources), watches: try sources.flag(watch, "watch"),
      isDemo: isDemo, isQuiet: try sources.flag(quietDemo, "quiet-demo"), isLive: isLive,
      checkpoint: try sources.text(checkpoint, "checkpoint"),
      acceptedLosses: try lost(sources), acceptsClock: try sources.flag(acceptClock, "accept-clock"),
      isStrict: try sources.flag(strict, "strict"),
      allowsRemoval: try sources.flag(allowRemoval, "allow-removal"), runsSpecs: try !sources.flag(noSpecs, "no-specs"),
      records: try kept(sources), keepsRecords: try keptFor(sources),
      awareness: try number(awareness, "awareness", or: ServeSettings.awareness, within: 0...60, sources)
        ?? ServeSettings.awareness,
      stripe: stripe, issuer: try origin(sources),
      log: try LogSettings(sources, format: logFormat, level: logLevel, access: accessLog),
      governance: try GovernanceSettings(sources, governance, root: governanceRoot, freshness),
      shown: sources.shown)
  }

  private func addresses(_ sources: SettingSources) throws -> (api: Address, decisions: Address) {
    let apiText = try sources.text(api, "api", or: Address.defaultAPI)
    let api = try sources.meant("api") { try Address(apiText, option: sources.label("api")) }
    let decisionsText = try sources.text(decisions, "decisions", or: Address.defaultDecisions)
    let decisions = try sources.meant("decisions") { try Address(decisionsText, option: sources.label("decisions")) }
    if api.excludes(decisions) {
      throw sources.fault("api", "and decisions are both \(api.text); they need a port each")
    }
    return (api, decisions)
  }

  private func number(
    _ given: Int?, _ name: String, or usual: Int? = nil, within range: ClosedRange<Int>, _ sources: SettingSources
  ) throws -> Int? {
    let number = try sources.number(given, name, or: usual)
    if let number, !range.contains(number) {
      throw sources.fault(name, "is between \(range.lowerBound) and \(range.upperBound)")
    }
    return number
  }

  private func mode(_ sources: SettingSources) throws -> UInt32 {
    let text = try sources.text(socketMode, "socket-mode", or: "0660")
    guard (3...4).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode <= 0o777 else {
      throw sources.fault("socket-mode", "is three octal digits such as 0660")
    }
    return mode
  }

  private func origin(_ sources: SettingSources) throws -> String? {
    let issuer = try sources.text(issuer, "issuer")
    if let issuer, !HostAndOriginPolicy.isOrigin(issuer) {
      throw sources.fault("issuer", "is an origin such as https://cascade.example, without a slash at its end")
    }
    return issuer
  }

  private func kept(_ sources: SettingSources) throws -> RecordPolicy {
    guard let records = RecordPolicy(try sources.text(records, "records", or: "all")) else {
      throw sources.fault("records", "is all, effects or sample:N")
    }
    return records
  }

  private func keptFor(_ sources: SettingSources) throws -> Int64? {
    guard let text = try sources.text(keepRecords, "keep-records") else { return nil }
    guard let milliseconds = AgeText.milliseconds(text) else {
      throw sources.fault("keep-records", "is \(AgeText.form), not '\(text)'")
    }
    return milliseconds
  }

  private func allowed(_ sources: SettingSources) throws -> [String] {
    let allow = try sources.list(allow, "allow")
    if let odd = allow.first(where: { !HostAndOriginPolicy.canAllow($0) }) {
      throw sources.fault("allow", "wants a name, with a port or without, or an origin, got '\(odd)'")
    }
    return allow
  }

  private func lost(_ sources: SettingSources) throws -> AcceptedLosses {
    let texts = try sources.list(acceptLoss, "accept-loss")
    return try sources.meant("accept-loss") { try AcceptedLosses(texts, option: sources.label("accept-loss")) }
  }

  private func proxies(_ sources: SettingSources) throws -> TrustedProxies {
    let trusted = try sources.list(trustedProxy, "trusted-proxy")
    if let odd = trusted.first(where: { TrustedProxies([$0]) == nil }) {
      throw sources.fault(
        "trusted-proxy", "wants a network such as 10.0.0.0/8 or 2001:db8::/32, an address, or unix, got '\(odd)'")
    }
    let header = try sources.text(
      forwardedHeader, "forwarded-header", or: TrustedProxies.Field.forwardedFor.rawValue)
    guard let field = TrustedProxies.Field(rawValue: header.lowercased()) else {
      throw sources.fault("forwarded-header", "is x-forwarded-for or forwarded")
    }
    return TrustedProxies(trusted, field: field) ?? .none
  }
}
