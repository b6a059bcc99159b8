import EventLog
import StreamCore
import StreamDSL
import StreamTesting
import Topology

/// Joins a stream with a table whose values only grow: every event comes out once, in order, with ever newer prices.
final class JoiningWorkload: Workload {
    let name = "joining"
    let topics: [(name: String, partitions: Int32)] = [("prices", 2), ("sales", 2), ("sold", 2)]
    private static let prices = Topic("prices", key: .string, value: .int)
    private static let sales = Topic("sales", key: .string, value: .int)
    private static let sold = Topic("sold", key: .string, value: .int)
    private var prices: [String: Int] = [:]
    private var sales: [String: Int] = [:]
    private var phase = 0

    func topology(_ connection: SimulatedConnection) throws -> StreamTopology {
        try StreamTopology(name) {
            Self.sales.stream().leftJoin(Self.prices.table(store: "prices"), named: "price") { sale, price in
                sale * 1_000 + (price ?? 0)
            }.to(Self.sold)
        }
    }

    func feed(_ cluster: SimulatedCluster, isCalm: Bool) {
        let (happens, isPrice, item) = cluster.random { ($0.happens(30), $0.happens(400), $0.below(5)) }
        if !isCalm {
            if happens { isPrice ? price(cluster, "item-\(item)") : sell(cluster, "item-\(item)") }
        } else if phase == 0 {
            for item in 0..<5 { price(cluster, "item-\(item)") }
            phase = 1
        } else if phase == 1, isConsumed("prices", in: cluster) {
            // These must meet the last prices.
            for item in 0..<5 { sell(cluster, "item-\(item)") }
            phase = 2
        }
    }

    private func price(_ cluster: SimulatedCluster, _ item: String) {
        prices[item, default: 0] += 1
        append(cluster, Self.prices, item, prices[item] ?? 0)
    }

    private func sell(_ cluster: SimulatedCluster, _ item: String) {
        sales[item, default: 0] += 1
        append(cluster, Self.sales, item, sales[item] ?? 0)
    }

    func mistake(in cluster: SimulatedCluster) throws -> String? {
        for (item, values) in try values(of: Self.sold, in: cluster).sorted(by: { $0.key < $1.key }) {
            if values.map({ $0 / 1_000 }) != Array(1..<(values.count + 1)) {
                return "committed sales of '\(item)' are \(values.map { $0 / 1_000 })"
            }
            let seen = values.map { $0 % 1_000 }
            if seen != seen.sorted() { return "prices of '\(item)' go back: \(seen)" }
        }
        return nil
    }

    func isComplete(in cluster: SimulatedCluster) throws -> Bool {
        guard phase == 2, isConsumed("sales", in: cluster) else { return false }
        let sold = try values(of: Self.sold, in: cluster)
        return sales.allSatisfy { item, count in
            guard let values = sold[item], values.count == count else { return false }
            return values.last.map { $0 % 1_000 } == prices[item]
        }
    }
}
