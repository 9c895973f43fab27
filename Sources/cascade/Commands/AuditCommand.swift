import ArgumentParser
import Core
import Decisions
import Tokens

/// `cascade audit`: what operators did.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Lists what operators did: who, what, from where, and how it ended.",
    discussion: "Works beside a host or without one. Exits with 2 when a line of the log can't be read.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

  @OptionGroup var options: DataOptions
  @Option(help: "Only what was done so long ago at most: seconds, or 90s, 30m, 8h.") var since: Lifetime?
  @Option(help: "How acts are written.") var format = Format.pretty

  func run() throws {
    let now = WallClock.milliseconds()
    var rows = [["at", "who", "what", "from", "outcome", "details"]]
    let unreadable = try options.audit(since: since.map { now - 1000 * $0.seconds } ?? 0) { event in
      if format == .json { return Output.write(event.json) }
      rows.append([
        KeyListing.instant(event.milliseconds), event.subject.isEmpty ? event.who : "\(event.who) (\(event.subject))",
        event.what, event.from, event.outcome, event.details.map { "\($0.name)=\($0.value)" }.joined(separator: " "),
      ])
    }
    if format == .pretty { Output.write(KeyListing.table(rows.map { $0.map(VisibleText.line) })) }
    if unreadable > 0 {
      Output.note("\(unreadable) lines of the audit log can't be read")
      throw ExitCode.no
    }
  }
}

/// `cascade token list`: operators' tokens that were issued.
struct ListTokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists operators' tokens that were issued here and haven't expired.")

  @OptionGroup var options: DataOptions
  @Option(help: "How they are written.") var format = AuditCommand.Format.pretty

  func run() throws {
    let now = WallClock.milliseconds()
    var tokens: [IssuedToken] = []
    var revoked: Set<String> = []
    _ = try options.audit(since: now - 1000 * TokenPurpose.operator.maximumSeconds) { event in
      if let token = IssuedToken(event), token.expires > now / 1000 { tokens.append(token) }
      if event.what == IssuedToken.revocation {
        revoked.formUnion(event.details.filter { $0.name == "jti" }.map(\.value))
      }
    }
    if format == .json {
      for token in tokens { Output.write(token.json(isRevoked: revoked.contains(token.jti))) }
      return
    }
    let rows = tokens.map { token in
      [
        token.jti, token.subject, token.who, KeyListing.instant(1000 * token.expires),
        revoked.contains(token.jti) ? "revoked" : "valid",
      ]
    }
    Output.write(KeyListing.table([["jti", "subject", "issued by", "expires", "state"]] + rows))
  }
}

/// An operator's token, as the audit log tells of it.
struct IssuedToken {
  /// The name of the act.
  static let act = "issueToken"
  /// The name of the act that ends one early.
  static let revocation = "revokeToken"

  var jti: String
  var subject: String
  var who: String
  /// When the token ends: seconds since 1970.
  var expires: Int64

  /// The token of an act; nil when it is another one.
  init?(_ event: AuditEvent) {
    let details = Dictionary(event.details.map { ($0.name, $0.value) }) { first, _ in first }
    guard event.what == Self.act, let jti = details["jti"], let expires = details["expires"].flatMap({ Int64($0) })
    else { return nil }
    self.jti = jti
    self.expires = expires
    subject = details["subject"] ?? ""
    who = event.who
  }

  func json(isRevoked: Bool) -> JSON {
    [
      "jti": .string(jti), "subject": .string(subject), "issued_by": .string(who), "expires": .integer(expires),
      "revoked": .bool(isRevoked),
    ]
  }
}

extension DataOptions {
  /// Calls `body` with each act since then; how many lines can't be read. On failure prints the problem and exits
  /// with 1.
  fileprivate func audit(since milliseconds: Int64, _ body: (AuditEvent) -> Void) throws -> Int {
    do throws(StoreError) {
      return try AuditLog(data: data).forEach(since: milliseconds, body)
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
