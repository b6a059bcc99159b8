import Foundation
import MockBrokers
import Topology

/// Prints what the record path costs:
/// `swift run -c release Benchmarks [kafka | asks | memory | agents | models] [records] [workload …]`.
@main enum Benchmarks {
    static func main() async throws {
        var arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "mock-brokers" { return MockBrokers.serve([]) }
        if arguments.first == "kafka" {
            arguments.removeFirst()
            return try await KafkaReport(arguments: Array(arguments)).print()
        }
        if arguments.first == "asks" { return try await OwnThread.run(named: "asks") { try AskReport().print() } }
        if arguments.first == "agents-instance" { return try AgentDesk.serve(Array(arguments.dropFirst())) }
        if arguments.first == "agents" {
            let numbers = arguments.dropFirst().compactMap { Int($0) }
            let (keys, items) = (numbers.first ?? 10_000, numbers.dropFirst().first ?? 100_000)
            return try AgentsReport(keys: max(4, keys), items: max(4, items)).print()
        }
        if arguments.first == "memory" {
            return try MemoryReport(items: max(1_000, arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000))
                .print()
        }
        if arguments.first == "models" { return try await ModelCalls.print() }
        let records = arguments.first.flatMap { Int($0) } ?? 2_000_000
        if arguments.first.flatMap({ Int($0) }) != nil { arguments.removeFirst() }
        let workloads = Workload.all(records: max(1_000, records)).filter { workload in
            arguments.isEmpty || arguments.contains { workload.name.hasPrefix($0) }
        }
        print("In process: one task, raw records in, state on disk, outputs counted; CPU of all threads.")
        print(header + column("Kafka Streams", 15) + column("ratio", 8))
        for workload in workloads {
            let (measured, outputs) = try inFolder { try InProcess(folder: $0).measure(workload) }
            let kafka = workload.kafkaStreams
            print(
                row(workload.name, measured, target: workload.target)
                    + column(kafka.map { format($0) } ?? "-", 15)
                    + column(kafka.map { format($0 / measured.microsecondsPerRecord) + "x" } ?? "-", 8)
                    + "   \(outputs) outputs")
        }
        print("\nThrough the embedded log: 4 partitions, 2 workers, exactly once, synchronous=FULL.")
        print(header)
        for workload in workloads {
            let measured = try inFolder { try ThroughLog(folder: $0).measure(workload) }
            print(row(workload.name, measured, target: nil))
        }
        guard arguments.isEmpty || arguments.contains("restore") else { return }
        print("\nRestore: a lost state folder, 200-byte values, 2 tasks, from the embedded log.")
        print(header + column("memory MB", 11))
        let (restored, peak) = try inFolder { try Restore(folder: $0, keys: max(1_000, records / 2)).measure() }
        print(row("restore", restored, target: nil) + column(String(peak >> 20), 11))
    }

    static let header =
        column("workload", 20, left: true) + column("CPU µs/record", 15) + column("target", 8)
        + column("records/s", 12) + column("allocs/record", 15)

    static func row(_ name: String, _ measured: Measurement, target: Double?) -> String {
        column(name, 20, left: true) + column(format(measured.microsecondsPerRecord), 15)
            + column(target.map { format($0) } ?? "-", 8) + column(String(Int(measured.recordsPerSecond)), 12)
            + column(format(measured.allocationsPerRecord), 15)
    }

    static func format(_ number: Double) -> String { String(format: "%.2f", number) }

    static func column(_ text: String, _ width: Int, left: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return left ? text + padding : padding + text
    }

    static func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = NSTemporaryDirectory() + "tributary-benchmark-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }
}
