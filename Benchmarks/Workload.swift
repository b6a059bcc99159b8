import AgentOperators
import StreamCore
import StreamDSL

/// What is measured: a topology with its input.
struct Workload {
    let name: String
    /// CPU µs a record that we want in process; nil where none is set.
    let target: Double?
    /// CPU µs a record that Kafka Streams 3.9 takes, broker elsewhere; nil where there is no figure.
    let kafkaStreams: Double?
    let topology: @Sendable () throws -> StreamTopology
    /// What is there before the measuring begins.
    let preparation: [RecordBatch]
    let input: [RecordBatch]

    /// Begins the names of all topics and applications, so that no one else's on a cluster are touched.
    static let prefix = "tributary-benchmark"
    static let lines = Topic("\(prefix)-lines", key: .string, value: .bytes)
    static let table = Topic("\(prefix)-table", key: .string, value: .bytes)
    static let kept = Topic("\(prefix)-kept", key: .string, value: .bytes)
    static let counts = Topic("\(prefix)-counts", key: .string, value: .int)
    static let windows = Topic("\(prefix)-windows", key: .windowed(.string, size: .minutes(1)), value: .int)

    /// All workloads, with `records` input records each.
    static func all(records: Int) -> [Workload] {
        var source = BenchmarkInput()
        let input = source.batches(lines.name, count: records, keys: 100_000, span: .hours(1))
        let rows = source.everyKey(table.name, keys: 100_000)
        return [
            Workload(
                name: "map+filter", target: 0.6, kafkaStreams: 5.8, topology: mapFilter, preparation: [], input: input),
            Workload(
                name: "count", target: 1.0, kafkaStreams: 10.2, topology: count, preparation: [], input: input),
            Workload(
                name: "window count", target: 1.6, kafkaStreams: 14.8, topology: windowCount, preparation: [],
                input: input),
            Workload(
                name: "stream-table join", target: 1.6, kafkaStreams: 21.6, topology: join, preparation: rows,
                input: input),
            Workload(
                name: "ask, instant agent", target: nil, kafkaStreams: nil, topology: ask, preparation: [],
                input: Array(input.prefix(200))),
            Workload(
                name: "ask, 4 pure steps", target: nil, kafkaStreams: nil, topology: steps(4, .pure), preparation: [],
                input: Array(input.prefix(50))),
            Workload(
                name: "ask, 1 step", target: nil, kafkaStreams: nil, topology: steps(1, .idempotent), preparation: [],
                input: Array(input.prefix(50))),
            Workload(
                name: "ask, 4 steps", target: nil, kafkaStreams: nil, topology: steps(4, .idempotent), preparation: [],
                input: Array(input.prefix(50))),
        ]
    }

    private static let mapFilter: @Sendable () throws -> StreamTopology = {
        try StreamTopology("\(prefix)-map-filter") {
            lines.stream()
                .mapValues { value in value[0..<50] }
                .filter { $0.value[7] & 1 == 0 }
                .to(kept)
        }
    }

    private static let count: @Sendable () throws -> StreamTopology = {
        try StreamTopology("\(prefix)-count") {
            lines.stream().grouped().count(store: "counts-store").updates().to(counts)
        }
    }

    private static let windowCount: @Sendable () throws -> StreamTopology = {
        try StreamTopology("\(prefix)-window-count") {
            lines.stream().grouped().windowed(by: .tumbling(.minutes(1))).count(store: "windows-store").updates()
                .to(windows)
        }
    }

    private static let join: @Sendable () throws -> StreamTopology = {
        try StreamTopology("\(prefix)-join") {
            let rows = table.table(store: "rows")
            lines.stream().join(rows, named: "enrich") { left, _ in left[0..<50] }.to(kept)
        }
    }

    /// `ask` whose handler does `count` steps that return a number.
    private static func steps(_ count: Int, _ policy: StepPolicy<Int>) -> @Sendable () throws -> StreamTopology {
        {
            try StreamTopology("\(prefix)-steps") {
                lines.stream().mapAsync(named: "echo", inFlight: 256, options: AskOptions(capacity: 4_000)) {
                    value, context in
                    for number in 0..<count { try await context.step("step", policy: policy) { _ in number } }
                    return value[0..<50]
                }.answers().to(kept)
            }
        }
    }

    private static let ask: @Sendable () throws -> StreamTopology = {
        try StreamTopology("\(prefix)-ask") {
            lines.stream().mapAsync(named: "echo", inFlight: 256, options: AskOptions(capacity: 4_000)) { value, _ in
                value[0..<50]
            }.answers().to(kept)
        }
    }
}
