import Console
import EventLog
import Observability
import Operations
import StreamCore
import Synchronization
import Topology

/// One run of an application from the command line: signals, progress, a closing line.
struct ApplicationRun: Sendable {
    private let topology: StreamTopology
    private let extensions: [any ApplicationExtension]
    private let invocation: Invocation
    private let options: RuntimeOptions
    private let folder: DataFolder

    init(
        _ application: any StreamApplication, _ invocation: Invocation,
        adjust: (inout RuntimeOptions) throws -> Void
    ) throws {
        topology = try application.topology
        extensions = application.extensions
        self.invocation = invocation
        folder = try DataFolder(invocation)
        var options = RuntimeOptions(stateDirectory: folder.state, manifestDirectory: folder.applications)
        try adjust(&options)
        self.options = options
    }

    func run() throws {
        let log = try LogOptions.open(invocation)
        let journal = EventJournal.standardError(least: invocation.isQuiet ? .warning : .info)
        let runtime = StreamRuntime(topology, on: log, options: options, journal: journal)
        let watch = SignalWatch { _ in runtime.stop() }
        defer { watch.cancel() }
        let company = try ApplicationCompany(
            RunningApplication(
                runtime: runtime, log: log, journal: journal, dataDirectory: folder.path, invocation: invocation),
            extensions)
        defer { company.stop() }
        let progress = RunProgress(runtime, invocation)
        let start = ContinuousClock.now
        defer { progress.stop() }
        try runtime.run()
        progress.stop()
        invocation.note(summary(runtime, since: start))
        if let signal = watch.received, signal != Signals.terminate, options.untilIdle {
            throw SignalReceived(signal: signal)
        }
    }

    private func summary(_ runtime: StreamRuntime, since start: ContinuousClock.Instant) -> String {
        let counters = runtime.counters
        let seconds = Double((ContinuousClock.now - start).milliseconds) / 1000
        var parts = ["\(counters.sum("records_processed")) records processed in \(seconds) s"]
        let answered = counters.sum("asks_concluded")
        if answered > 0 { parts.append("\(answered) requests concluded") }
        let dead = counters.sum("dead_letters")
        if dead > 0 { parts.append("\(dead) dead letters in '\(topology.deadLetterTopic)'") }
        for (key, count) in counters.snapshot.sorted(by: { $0.key < $1.key }) where key.name == "records_dropped" {
            parts.append("\(count) dropped at '\(key.step)' (\(key.reason))")
        }
        return parts.joined(separator: "; ")
    }
}

/// Says now and then how far a run is.
private final class RunProgress: Sendable {
    private let isStopped = Mutex(false)

    init(_ runtime: StreamRuntime, _ invocation: Invocation) {
        guard !invocation.isQuiet, invocation.errors.isTerminal else { return }
        let progress = invocation.progress("processed")
        Task.detached { [weak self] in
            while let self, !self.isStopped.withLock({ $0 }) {
                let restoring = runtime.tasks.reduce(0) { $1.phase == .restoring ? $0 + $1.remaining : $0 }
                progress.report(
                    Int64(runtime.counters.sum("records_processed")),
                    note: restoring > 0 ? "restoring, \(restoring) entries left" : "")
                try? await Task.sleep(for: .milliseconds(250))
            }
            _ = progress.finish()
        }
    }

    func stop() { isStopped.withLock { $0 = true } }
}
