import Core
import DatabaseServers
import Foundation
import TestSupport
import Testing

/// A database that asks for a password, which libpq finds in a file.
struct ClusterPasswordTests {
  @Test func `commands and hosts find the password in PGPASSFILE, and say it nowhere`() async throws {
    let secret = "hunter2hunter2"
    let cluster = try ClusterFixture(on: try PostgresServer())
    let url = try cluster.handOver(to: "guest", password: secret)
    // Until the server has read whom it asks.
    #expect(try await Patience.lasts { try Program.run(["store", "migrate", "--store", url]).code == 1 })
    let refused = try Program.run(["store", "migrate", "--store", url])
    #expect(refused.code == 1 && refused.error.contains("password"), "\(refused.error)")

    let file = try cluster.scratch.write("pgpass", "*:*:*:guest:\(secret)\n")
    chmod(file, 0o600)
    let environment = ["PGPASSFILE": file]
    let migrated = try Program.run(["store", "migrate", "--store", url], environment: environment)
    #expect(migrated.code == 0 && migrated.out.hasPrefix("ok: from migration 0 to "), "\(migrated.error)")
    let host = try cluster.start("one", store: url, environment: environment)
    let command = try String(contentsOfFile: "/proc/\(host.process.processIdentifier)/cmdline", encoding: .utf8)
    #expect(command.contains("guest@") && !command.contains(secret))
    let paid = try host.give(id: ClusterFixture.id(1), as: try cluster.authorization())
    #expect(paid.json["results"]?.array?.first?["status"] == "created", "\(paid.json)")
    let checked = try Program.run(["store", "check", "--store", url], environment: environment)
    #expect(checked.code == 0, "\(checked.error)")
    for text in [refused.error, migrated.out, migrated.error, checked.out, checked.error, host.said, host.logged] {
      #expect(!text.contains(secret))
    }
    cluster.stop()
  }
}
