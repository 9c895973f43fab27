internal import Core

// Keeping up with other hosts on one store: what it says decides, and the files are only read when somebody asks for
// it.

extension RulebookKeeper {
  /// The first generation of a host that shares its store: the one that decides there, or the one in force under
  /// governance, whose digest is `inForce`; by the files only at the very first start of all. Throws what is wrong with
  /// the files then, or why the rulebook can't be loaded.
  package func prepareShared(runSpecs: Bool, inForce: String?) async throws(RulebookRejected) -> Prepared {
    if let current = try await storing({ () async throws(StoreError) in try await store.current() }),
      inForce == nil || inForce == current.digest
    {
      return try await prepare(following: current)
    }
    guard let inForce else {
      return try await begin(try await prepareStart(runSpecs: runSpecs, isStrict: true))
    }
    guard let prepared = try await prepare(digest: inForce, isNew: false) else { throw RulebookRejected([]) }
    return try await activate(prepared)
  }

  /// Activates the very first generation, or follows who did so at the same time.
  private func begin(_ prepared: Prepared) async throws(RulebookRejected) -> Prepared {
    do throws(StoreError) {
      try await store.begin(prepared.activation)
      var begun = prepared
      begun.isActivated = true
      return begun
    } catch {
      let current = try await storing { () async throws(StoreError) in try await store.current() }
      guard error.code == .conflict, let current else {
        throw RulebookRejected([RulebookError(.storage, message: error.description)])
      }
      return try await prepare(following: current)
    }
  }

  /// What another host activated, loaded here. Throws why it can't be.
  package func prepare(following activation: RulebookActivation) async throws(RulebookRejected) -> Prepared {
    var prepared = Prepared(
      Generation(
        number: activation.number, rulebook: try await load(activation.digest),
        activatedMilliseconds: activation.milliseconds))
    prepared.isRollback = activation.isRollback
    prepared.setAside = activation.setAside
    prepared.isActivated = true
    return prepared
  }

  /// What another host activated, when it is the rulebook of this digest and doesn't decide here yet; nil when it
  /// isn't.
  package func prepare(followingTo digest: String) async throws(RulebookRejected) -> Prepared? {
    guard let current = try await storing({ () async throws(StoreError) in try await store.current() }),
      current.digest == digest, current.number > self.current?.number ?? 0
    else { return nil }
    return try await prepare(following: current)
  }

  /// The rulebook of this digest as what decides in the store, as a new generation unless it does already; nil when it
  /// does so here as well. Throws why it can't be loaded, or isn't taken.
  package func prepare(insistingOn digest: String) async throws(RulebookRejected) -> Prepared? {
    let stored = try await storing { () async throws(StoreError) in try await store.current() }
    guard let stored, stored.digest == digest else {
      return try await activate(Prepared(try await generation(of: try await load(digest))))
    }
    return stored.number > current?.number ?? 0 ? try await prepare(following: stored) : nil
  }

  /// Loads the rulebook of this digest, so that it can decide from one moment to the next. Throws why it can't be
  /// loaded.
  package func stage(_ digest: String) async throws(RulebookRejected) { _ = try await load(digest) }

  private func load(_ digest: String) async throws(RulebookRejected) -> CheckedRulebook {
    if let held = held(digest) { return held }
    guard let rulebook = try await stored(digest, previous: current?.rulebook) else {
      throw RulebookRejected([
        RulebookError(.storage, message: "the rulebook \(digest) is not in the store")
      ])
    }
    hold(rulebook)
    return rulebook
  }

  /// Notes in the store that `prepared` decides from now on, on all hosts; under another number where others were
  /// activated meanwhile, and as what another host has activated where that is the same rulebook. Throws when the store
  /// doesn't take it: then nothing is changed.
  package func activate(_ prepared: Prepared) async throws(RulebookRejected) -> Prepared {
    var prepared = prepared
    for _ in 0..<FleetLimits.renewals {
      do throws(StoreError) {
        try await store.activate(prepared.activation)
        prepared.isActivated = true
        return prepared
      } catch {
        if error.code != .conflict { throw RulebookRejected([RulebookError(.storage, message: error.description)]) }
      }
      // Another host may have activated the same meanwhile.
      if let following = try await prepare(followingTo: prepared.generation.digest) { return following }
      prepared = prepared.renumbered(try await generation(of: prepared.generation.rulebook).number)
    }
    throw RulebookRejected([
      RulebookError(.storage, message: "other hosts activated rulebooks again and again meanwhile; try again")
    ])
  }
}
