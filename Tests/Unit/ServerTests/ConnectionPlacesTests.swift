import LoggedLines
import Logging
import NIOCore
import NIOEmbedded
@testable import Server
import Testing

/// Who is let in, and who only for health checks and operators.
struct ConnectionPlacesTests {
  private func places(
    total: Int = 10, reserve: Int = 2, ofOneClient: Int = 10, proxies: TrustedProxies = .none
  ) -> ConnectionPlaces {
    ConnectionPlaces(
      "probe", ConnectionLimits(total: total, reserve: reserve, ofOneClient: ofOneClient), proxies: proxies,
      logger: Logger(label: "places"))
  }

  private func connection(_ address: String) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    try channel.connect(to: SocketAddress(ipAddress: address, port: 4000)).wait()
    return channel
  }

  private func close(_ channel: EmbeddedChannel) throws {
    try channel.close().wait()
    channel.embeddedEventLoop.run()
  }

  private func admissions(_ places: ConnectionPlaces, _ addresses: [String]) throws -> [ConnectionPlaces.Admission] {
    try addresses.map { places.admit(try connection($0)) }
  }

  @Test func `all but the reserve is anybody's, then the reserve, then nobody is let in`() throws {
    let places = places(total: 5, reserve: 2)
    let admissions = try admissions(places, (1...7).map { "192.0.2.\($0)" })
    #expect(admissions == [.welcome, .welcome, .welcome, .reserved, .reserved, .refused, .refused])
  }

  @Test func `a connection that closes gives back what it had`() throws {
    let places = places(total: 3, reserve: 1)
    let channels = try (1...3).map { try connection("192.0.2.\($0)") }
    #expect(channels.map { places.admit($0) } == [.welcome, .welcome, .reserved])
    #expect(channels.map { places.isReserved(ObjectIdentifier($0)) } == [false, false, true])
    #expect(places.admit(try connection("192.0.2.9")) == .refused)
    try close(channels[0])
    #expect(places.admit(try connection("192.0.2.9")) == .welcome)
    try close(channels[2])
    #expect(!places.isReserved(ObjectIdentifier(channels[2])))
    #expect(try admissions(places, ["192.0.2.10", "192.0.2.11"]) == [.reserved, .refused])
  }

  @Test func `a client's own share ends before the port's, and leaves others theirs`() throws {
    let places = places(total: 100, reserve: 1, ofOneClient: 2)
    let addresses = Array(repeating: "192.0.2.1", count: 4) + ["192.0.2.2"]
    #expect(try admissions(places, addresses) == [.welcome, .welcome, .reserved, .refused, .welcome])
  }

  @Test func `an IPv6 customer is half an address, and one that maps IPv4 is that`() throws {
    let places = places(total: 100, reserve: 0, ofOneClient: 1)
    let addresses = [
      "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1", "192.0.2.1", "::ffff:192.0.2.1",
    ]
    #expect(try admissions(places, addresses) == [.welcome, .refused, .welcome, .welcome, .refused])
  }

  @Test func `a trusted proxy's connections are those of many clients`() throws {
    let proxies = try #require(TrustedProxies(["10.0.0.0/8"]))
    let places = places(total: 6, reserve: 0, ofOneClient: 1, proxies: proxies)
    let addresses = Array(repeating: "10.1.2.3", count: 5) + ["192.0.2.1", "192.0.2.2"]
    let expected: [ConnectionPlaces.Admission] = Array(repeating: .welcome, count: 6) + [.refused]
    #expect(try admissions(places, addresses) == expected)
  }

  @Test func `a port without a place says so once a minute, however many come`() throws {
    let lines = LogLines()
    let places = ConnectionPlaces(
      "probe", ConnectionLimits(total: 1, reserve: 0, ofOneClient: 5), logger: lines.logger)
    _ = try admissions(places, (1...200).map { "192.0.2.\($0)" })
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.contains("all 1 connections of the port are taken") == true)
  }
}
