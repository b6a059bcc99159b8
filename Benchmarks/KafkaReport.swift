import EventLog
import Foundation
import StreamCore

/// Prints what workloads cost on brokers, beside librdkafka alone in the same run.
struct KafkaReport {
    let records: Int
    let names: [String]

    /// `[records] [workload …]`; mock brokers hold no more than about two million records.
    init(arguments: [String]) {
        let count = arguments.first.flatMap { Int($0) }
        records = max(1_000, count ?? 1_000_000)
        names = count == nil ? arguments : Array(arguments.dropFirst())
    }

    func print() async throws {
        let brokers = try ThroughKafka()
        defer { brokers.finish() }
        let workloads = Workload.all(records: records).filter { workload in
            names.isEmpty || names.contains { workload.name.hasPrefix($0) }
        }
        Swift.print(
            "On \(brokers.isMock ? "mock brokers" : "brokers at \(brokers.servers)"): \(brokers.partitions) partitions,",
            "2 workers, commits every 100 ms; CPU of this process alone.")
        Swift.print(Benchmarks.header + Benchmarks.column("guarantee", 16) + Benchmarks.column("RSS MB", 8))
        defer { try? brokers.clean(workloads) }
        if let first = workloads.first { try raw(brokers, first) }
        for workload in workloads {
            for guarantee in [ProcessingGuarantee.exactlyOnce, .atLeastOnce] {
                // Nothing of a former run: new mock brokers, or a reset where brokers remember.
                let brokers = brokers.isMock ? try ThroughKafka() : brokers
                defer { if brokers.isMock { brokers.finish() } }
                try brokers.reset(workload)
                try brokers.prepare(workload, try brokers.log())
                let folder = NSTemporaryDirectory() + "tributary-benchmark-" + UUID().uuidString
                defer { try? FileManager.default.removeItem(atPath: folder) }
                let measured = try await brokers.measure(workload, guarantee, folder: folder)
                Swift.print(
                    Benchmarks.row(workload.name, measured, target: nil) + Benchmarks.column(guarantee.rawValue, 16)
                        + Benchmarks.column("\(Measurement.peakResidentMegabytes)", 8))
            }
        }
    }

    private func raw(_ brokers: ThroughKafka, _ workload: Workload) throws {
        let log = try brokers.log()
        try brokers.prepare(workload, log)
        let output = "\(Workload.prefix)-raw"
        try brokers.create([TopicSpecification(output, partitions: brokers.partitions)], log)
        let loop = RawLoop(
            servers: brokers.servers, input: Workload.lines.name, output: output, partitions: brokers.partitions)
        let measured = try Measurement.of { try loop.run(records: records) }
        Swift.print(Benchmarks.row("librdkafka alone", measured, target: nil) + Benchmarks.column("none", 16))
    }
}
