import Glibc
import Observability
import StreamCore
import Topology

/// `/metrics`: all numbers, in Prometheus' text format.
struct MetricsPage {
    let text: String

    init(_ view: MonitorView, _ application: RunningApplication) {
        var page = PrometheusText()
        Self.writeInstance(view, application, to: &page)
        Self.writeTasks(view, to: &page)
        Self.writeInputs(view, application.topology.name, to: &page)
        for (metric, samples) in MetricNames.samples(of: application.runtime.counters.snapshot) {
            page.write(metric, samples)
        }
        for (metric, samples) in MetricNames.samples(of: application.runtime.counters.times) {
            page.write(metric, samples)
        }
        Self.writeProcess(to: &page)
        text = page.text
    }

    private static func writeInstance(
        _ view: MonitorView, _ application: RunningApplication, to page: inout PrometheusText
    ) {
        let report = view.report
        let topology = application.topology
        page.write(MetricNames.info, [MetricSample([topology.name, report.instance, topology.fingerprint], 1)])
        page.write(
            MetricNames.phase,
            RuntimeReport.Phase.allCases.map { MetricSample([$0.rawValue], $0 == report.phase ? 1 : 0) })
        page.write(MetricNames.healthy, [MetricSample(view.health.isHealthy ? 1 : 0)])
        page.write(MetricNames.ready, [MetricSample(view.health.isReady ? 1 : 0)])
        page.write(MetricNames.started, report.started.map { [MetricSample($0.seconds)] } ?? [])
        page.write(
            MetricNames.silence,
            report.workers.enumerated().filter { $0.element != .unknown }.map { number, beat in
                MetricSample(["\(number)"], max(0, Double((view.now - beat).milliseconds) / 1_000))
            })
    }

    private static func writeTasks(_ view: MonitorView, to page: inout PrometheusText) {
        let tasks = view.report.tasks
        let phases: [TaskStatus.Phase] = [.waiting, .restoring, .running, .standby]
        page.write(
            MetricNames.tasks,
            phases.map { phase in MetricSample([phase.rawValue], Double(tasks.count { $0.phase == phase })) })
        page.write(MetricNames.failures, tasks.map { MetricSample([$0.task.description], Double($0.failures)) })
        page.write(MetricNames.restore, tasks.map { MetricSample([$0.task.description], Double($0.remaining)) })
        let progress = view.report.progress.sorted { $0.key < $1.key }
        func write(_ metric: MetricDefinition, _ number: (TaskProgress) -> Double?) {
            page.write(
                metric, progress.compactMap { task, each in number(each).map { MetricSample([task.description], $0) } })
        }
        write(MetricNames.streamTime) { $0.streamTime == .unknown ? nil : $0.streamTime.seconds }
        write(MetricNames.commitTime) { $0.committed.seconds }
        write(MetricNames.buffered) { Double($0.buffered) }
        write(MetricNames.openRequests) { Double($0.openRequests) }
        write(MetricNames.uncheckpointed) { Double($0.uncheckpointed) }
    }

    private static func writeInputs(_ view: MonitorView, _ group: String, to page: inout PrometheusText) {
        func write(_ metric: MetricDefinition, _ number: (MonitorView.Input) -> Int64?) {
            page.write(
                metric,
                view.inputs.compactMap { input in
                    let labels = [input.partition.topic, "\(input.partition.partition)", group]
                    return number(input).map { MetricSample(labels, Double($0)) }
                })
        }
        write(MetricNames.committed) { $0.committed }
        write(MetricNames.highwater) { $0.end }
        write(MetricNames.lag) { $0.lag }
    }

    private static func writeProcess(to page: inout PrometheusText) {
        var time = timespec()
        if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
            page.write(MetricNames.processor, [MetricSample(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)])
        }
        page.write(MetricNames.memory, ResidentMemory.bytes.map { [MetricSample(Double($0))] } ?? [])
    }
}

extension Timestamp {
    fileprivate var seconds: Double { Double(milliseconds) / 1_000 }
}
