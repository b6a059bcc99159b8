import CAllocationCounter
import Foundation

/// What some work cost: processor time of all threads, time that passed, allocations.
struct Measurement {
    let records: Int
    let processorSeconds: Double
    let seconds: Double
    let allocations: UInt64

    /// Measures `work`, which says how many records it did.
    static func of(_ work: () throws -> Int) rethrows -> Measurement {
        let (processor, wall, allocations) = (processorTime(), ContinuousClock.now, tributary_allocations())
        let records = try work()
        let passed = ContinuousClock.now - wall
        return Measurement(
            records: records, processorSeconds: processorTime() - processor,
            seconds: Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18,
            allocations: tributary_allocations() - allocations)
    }

    /// Measures `work`, which lets other tasks run while it waits.
    static func of(_ work: () async throws -> Int) async rethrows -> Measurement {
        let (processor, wall, allocations) = (processorTime(), ContinuousClock.now, tributary_allocations())
        let records = try await work()
        let passed = ContinuousClock.now - wall
        return Measurement(
            records: records, processorSeconds: processorTime() - processor,
            seconds: Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18,
            allocations: tributary_allocations() - allocations)
    }

    /// The most memory that the process has had, in MB.
    static var peakResidentMegabytes: Int {
        var usage = rusage()
        _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1_000
    }

    private static func processorTime() -> Double {
        var usage = rusage()
        _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    var microsecondsPerRecord: Double { processorSeconds * 1e6 / Double(max(1, records)) }
    var recordsPerSecond: Double { Double(records) / max(seconds, 1e-9) }
    var allocationsPerRecord: Double { Double(allocations) / Double(max(1, records)) }
}
