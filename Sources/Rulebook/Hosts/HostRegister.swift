package import Core

/// What a host says of itself with each heartbeat.
package struct HostBeat: Sendable, Equatable {
  /// The host's name, which no other live host has.
  package var name: String
  /// The run of its process: a host that starts again has another.
  package var run: Identifier
  /// The machine and directory it runs on, which one process at a time can hold.
  package var seat: String
  /// The number of the generation that it decides by.
  package var generation: Int
  /// The numbers of the generations it has loaded and could decide by.
  package var staged: [Int] = []
  /// The numbers of those it can't load, each with the reason.
  package var refused: [Int: String] = [:]
  /// Why it can't go on with the others; nil when it can.
  package var problem: String?
  /// How aware it is of itself, 0 to 1; nil while that isn't known.
  package var awareness: Double?

  /// A beat of the process `run` of the host `name` on `seat`, which decides by `generation`.
  package init(name: String, run: Identifier, seat: String, generation: Int) {
    self.name = name
    self.run = run
    self.seat = seat
    self.generation = generation
  }
}

/// What a host must know of the others.
package struct FleetNews: Sendable, Equatable {
  /// What decides on all hosts; nil before the first activation.
  package var current: RulebookActivation?
  /// What every host is to load, so that it can be activated: number and digest.
  package var wanted: [Int: String] = [:]
  /// How many hosts live, whoever asks among them; nil where it isn't told.
  package var living: Int?

  /// News that tell of no host.
  package init() {}
}

/// A host as the register knows it.
package struct KnownHost: Sendable, Equatable {
  /// What it said last.
  package var beat: HostBeat
  /// How long ago that was.
  package var age: Duration
  /// How long ago it last said so while it decided by the generation in force; its lease began no later than that.
  package var leaseAge: Duration

  /// A host that said `beat` so long ago.
  package init(_ beat: HostBeat, age: Duration, leaseAge: Duration) {
    self.beat = beat
    self.age = age
    self.leaseAge = leaseAge
  }
}

/// Where hosts that share a store know of each other: who lives, who decides by what, what all are to load.
///
/// Ages are by one clock for all hosts. An activation and a heartbeat don't overlap: a beat that answers with a
/// generation was noted while that one was in force.
package protocol HostRegister: Sendable {
  /// Notes that a host lives, and gives it the news, with how many hosts live. Throws `conflict` when the name is
  /// another's: a live host's on another seat, or a process's that began later.
  func beat(_ beat: HostBeat) async throws(StoreError) -> FleetNews
  /// The news, without how many hosts live.
  func news() async throws(StoreError) -> FleetNews
  /// Every host that was heard of within the hour, by name.
  func hosts() async throws(StoreError) -> [KnownHost]
  /// Asks every host to load the rulebook of this digest, which is stored, as the generation of this number.
  func want(_ number: Int, _ digest: String) async throws(StoreError)
  /// A host ends in order: nobody waits for it from now on.
  func leave(_ run: Identifier) async throws(StoreError)
}

/// What hosts hold each other to.
package struct FleetLimits: Sendable {
  /// How old the last heartbeat of a host may be that has to load what is to be activated.
  package static let live = Duration.seconds(5)
  /// How long a host may take its generation for the one in force, from a heartbeat that said so.
  package static let lease = Duration.seconds(10)
  /// For how long after that others wait for it, by the register's clock.
  package static let leaseMargin = Duration.seconds(15)
  /// How often a host beats.
  package static let beat = Duration.seconds(1)
  /// How often a host looks for news.
  package static let look = Duration.milliseconds(100)
  /// How often whoever waits for other hosts looks at them.
  package static let wait = Duration.milliseconds(20)
  /// How long a live host may take to load what is to be activated.
  package static let staging = Duration.seconds(30)
  /// How long a request to load something stands.
  package static let wanted = Duration.seconds(60)
  /// How long a host that isn't heard of any more is shown.
  package static let shown = Duration.seconds(3_600)
  /// Rulebooks that a host holds ready beside those it decided by.
  package static let staged = 4
  /// New numbers that an activation takes when others were activated meanwhile.
  package static let renewals = 5
  /// How long answers without a lease go on, marked as stale, unless a setting says otherwise.
  package static let staleAfter = Duration.seconds(30)
}
