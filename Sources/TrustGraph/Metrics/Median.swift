extension TrustSnapshot {
  /// The median of all trusts; a pair without a recorded trust counts as `neutral`. For an even number, the mean of the
  /// two middle ones; nil without a relationship. O(log² m).
  package func median(neutral: Double) -> Double? {
    guard edgeCount > 0 else { return nil }
    let upper = trust(ranked: edgeCount / 2, neutral)
    return edgeCount % 2 == 1 ? upper : (trust(ranked: edgeCount / 2 - 1, neutral) + upper) / 2
  }

  /// The trust at position `rank` in ascending order: the smallest one with more than `rank` trusts at or below it.
  private func trust(ranked rank: Int, _ neutral: Double) -> Double {
    let unrecorded = storage.unrecorded + changes.unrecorded
    func isEnough(_ value: Double) -> Bool {
      let recorded =
        storage.sortedTrusts.count(atMost: value) + changes.addedTrusts.count(atMost: value)
        - changes.removedTrusts.count(atMost: value)
      return recorded + (neutral <= value ? unrecorded : 0) > rank
    }
    let candidates = [
      storage.sortedTrusts.first(from: isEnough), changes.addedTrusts.first(where: isEnough),
      unrecorded > 0 && isEnough(neutral) ? neutral : nil,
    ]
    return candidates.compactMap { $0 }.min() ?? neutral
  }

  /// Every recorded trust, ascending. O(m).
  var sortedTrusts: [Double] {
    let (added, removed) = (changes.addedTrusts.elements, changes.removedTrusts.elements)
    var trusts: [Double] = []
    trusts.reserveCapacity(storage.sortedTrusts.count + added.count)
    var (nextAdded, nextRemoved) = (0, 0)
    for trust in storage.sortedTrusts {
      // `removed` is a sorted subset of the stored trusts.
      if nextRemoved < removed.count && removed[nextRemoved] == trust {
        nextRemoved += 1
        continue
      }
      while nextAdded < added.count && added[nextAdded] < trust {
        trusts.append(added[nextAdded])
        nextAdded += 1
      }
      trusts.append(trust)
    }
    return trusts + added[nextAdded...]
  }
}
