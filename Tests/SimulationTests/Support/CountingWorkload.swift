import EventLog
import StreamCore
import StreamDSL
import StreamTesting
import Topology

/// Counts records per key, and again per group of keys behind a repartition topic.
final class CountingWorkload: Workload {
    let name = "counting"
    let topics: [(name: String, partitions: Int32)] = [("words", 3), ("counts", 3), ("groups", 3)]
    private static let words = Topic("words", key: .string, value: .int)
    private static let counts = Topic("counts", key: .string, value: .int)
    private static let groups = Topic("groups", key: .string, value: .int)
    private let isRegrouping: Bool
    private var fed: [String: Int] = [:]
    private var isClosed = false

    init(isRegrouping: Bool) { self.isRegrouping = isRegrouping }

    func topology(_ connection: SimulatedConnection) throws -> StreamTopology {
        let words = Self.words.stream()
        guard isRegrouping else {
            return try StreamTopology(name) {
                words.grouped().count(store: "per-word").updates().to(Self.counts)
            }
        }
        return try StreamTopology(name) {
            words.grouped().count(store: "per-word").updates().to(Self.counts)
            words.grouped(named: "by-group", key: .string, value: .int) { Self.group(of: $0.key) }
                .count(store: "per-group").updates().to(Self.groups)
        }
    }

    private static func group(of word: String) -> String { "group-\(word.utf8.last ?? 0)" }

    func feed(_ cluster: SimulatedCluster, isCalm: Bool) {
        let (happens, word) = cluster.random { ($0.happens(30), $0.below(6)) }
        if isCalm {
            // One more of each: a store that is wrong shows it now.
            if !isClosed { for word in 0..<6 { add(cluster, "word-\(word % 2)\(word)") } }
            isClosed = true
        } else if happens {
            add(cluster, "word-\(word % 2)\(word)")
        }
    }

    private func add(_ cluster: SimulatedCluster, _ word: String) {
        fed[word, default: 0] += 1
        append(cluster, Self.words, word, fed[word] ?? 0)
    }

    func mistake(in cluster: SimulatedCluster) throws -> String? {
        if let gap = gap(in: try values(of: Self.counts, in: cluster)) { return gap }
        return isRegrouping ? gap(in: try values(of: Self.groups, in: cluster)) : nil
    }

    func isComplete(in cluster: SimulatedCluster) throws -> Bool {
        guard isClosed, isConsumed("words", in: cluster) else { return false }
        let counts = try values(of: Self.counts, in: cluster)
        guard fed.allSatisfy({ counts[$0.key]?.count == $0.value }) else { return false }
        guard isRegrouping else { return true }
        return try values(of: Self.groups, in: cluster).values.reduce(0) { $0 + $1.count }
            == fed.values.reduce(0, +)
    }
}
