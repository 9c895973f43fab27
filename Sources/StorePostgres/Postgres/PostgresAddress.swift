internal import CPostgres
package import Core

/// Where a PostgreSQL database is: a `postgresql://` URL. It may have a password in it, so it prints without.
@safe
package struct PostgresAddress: Sendable, CustomStringConvertible, CustomReflectable {
  private let url: String
  /// The address without its password.
  package let description: String
  /// Whether there is a password in the URL.
  package let hasPassword: Bool

  /// The address of a URL as libpq takes it ("Connection URIs"). Throws `io` with what is wrong with it.
  package init(_ url: String) throws(StoreError) {
    guard url.begins(with: "postgresql://") || url.begins(with: "postgres://") else {
      throw StoreError(.io, "a store is given as postgresql://[USER@][HOST][:PORT]/DATABASE")
    }
    var message: UnsafeMutablePointer<CChar>?
    guard let options = unsafe PQconninfoParse(url, &message) else {
      // libpq's message may repeat the URL, and so a password.
      unsafe PQfreemem(message)
      throw StoreError(.io, "the store's URL can't be read; it is postgresql://[USER@][HOST][:PORT]/DATABASE")
    }
    defer { unsafe PQconninfoFree(options) }
    var found: [String: String] = [:]
    var option = unsafe options
    while let keyword = unsafe option.pointee.keyword {
      if let value = unsafe option.pointee.val { unsafe found[String(cString: keyword)] = String(cString: value) }
      unsafe option += 1
    }
    self.url = url
    hasPassword = found["password"] != nil || found["sslpassword"] != nil
    let user = found["user"].map { "\($0)@" } ?? ""
    let port = found["port"].map { ":\($0)" } ?? ""
    description = "postgresql://\(user)\(found["host"] ?? "")\(port)/\(found["dbname"] ?? "")"
  }

  /// Nothing but the description.
  package var customMirror: Mirror { Mirror(self, children: ["address": description]) }

  /// For libpq; the later of one name counts.
  var parameters: [(name: String, value: String)] { [("dbname", url)] }
}

/// How a connection is set up.
struct PostgresSession: Sendable {
  /// What the server shows it as.
  var name: String
  /// Whether it has the short limits of a writer, whose locks others wait for.
  var isWriting: Bool
  /// How long a statement may take.
  var statementTimeout: Duration = .seconds(5)

  /// What libpq is told. A host that is cut off notices within 5 seconds, and so does the server.
  var parameters: [(name: String, value: String)] {
    [
      ("connect_timeout", "3"), ("tcp_user_timeout", "5000"), ("keepalives_idle", "2"), ("keepalives_interval", "1"),
      ("keepalives_count", "3"), ("client_encoding", "UTF8"), ("application_name", "cascade \(name)"),
    ]
  }

  /// What the server is told once a session begins.
  var settings: [(name: String, value: String)] {
    let timeout = String(statementTimeout.components.seconds * 1_000)
    return [
      ("client_min_messages", "error"), ("search_path", "cascade, pg_catalog"), ("statement_timeout", timeout),
      ("lock_timeout", "2000"),
      ("idle_in_transaction_session_timeout", isWriting ? "2000" : timeout), ("tcp_user_timeout", "5000"),
      ("tcp_keepalives_idle", "2"), ("tcp_keepalives_interval", "1"), ("tcp_keepalives_count", "3"),
      // Plans made while a table is small would go on reading all of it.
      ("enable_seqscan", "off"), ("jit", "off"),
    ]
  }
}
