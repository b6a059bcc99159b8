import EventLog
import StreamCore
import StreamTesting
import Topology

/// What is computed in a simulation, and who knows the right answer.
protocol Workload: AnyObject {
    /// The application's name.
    var name: String { get }
    /// Topics to make before anything starts.
    var topics: [(name: String, partitions: Int32)] { get }
    /// What a process runs.
    func topology(_ connection: SimulatedConnection) throws -> StreamTopology
    /// Lets a bit of input come in, or answers; called after every step.
    func feed(_ cluster: SimulatedCluster, isCalm: Bool)
    /// What is wrong with what is committed so far; nil when nothing is.
    func mistake(in cluster: SimulatedCluster) throws -> String?
    /// Whether all that must come out has come out.
    func isComplete(in cluster: SimulatedCluster) throws -> Bool
}

extension Workload {
    /// Appends a record in the partition of its key.
    func append(_ cluster: SimulatedCluster, _ topic: Topic<String, Int>, _ key: String, _ value: Int) {
        let partitions = topics.first { $0.name == topic.name }?.partitions ?? 1
        let bytes = Bytes(key)
        guard let encoded = try? topic.value.encode(value) else { return }
        cluster.append(
            TopicPartition(topic.name, Murmur2.partition(bytes, of: partitions)), key: bytes, value: encoded,
            at: cluster.clock.now())
    }

    /// The committed values of each key of `topic`, in order.
    func values(of topic: Topic<String, Int>, in cluster: SimulatedCluster) throws -> [String: [Int]] {
        var found: [String: [Int]] = [:]
        for (_, records) in cluster.committed(topic.name) {
            for record in records {
                found[try topic.key.decode(record.key), default: []].append(try topic.value.decode(record.value))
            }
        }
        return found
    }

    /// Whether the group has read `topic` up to its end.
    func isConsumed(_ topic: String, in cluster: SimulatedCluster) -> Bool {
        let positions = cluster.positions(of: name)
        return (0..<(topics.first { $0.name == topic }?.partitions ?? 0)).allSatisfy { number in
            let place = TopicPartition(topic, number)
            let end = cluster.end(of: place)
            return end.stable == end.all && (end.all == 0 || positions[place] == end.all)
        }
    }

    /// What is not 1, 2, 3, … in `counts`.
    func gap(in counts: [String: [Int]]) -> String? {
        for (key, values) in counts.sorted(by: { $0.key < $1.key }) where values != Array(1..<(values.count + 1)) {
            return "committed counts of '\(key)' are \(values)"
        }
        return nil
    }
}
