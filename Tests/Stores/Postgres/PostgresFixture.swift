internal import Core
internal import DatabaseServers
internal import StorePostgres

/// The address of a new, empty database on the tests' server.
func newDatabase() throws -> PostgresAddress {
  try PostgresAddress(PostgresServer.shared.get().newDatabase())
}
