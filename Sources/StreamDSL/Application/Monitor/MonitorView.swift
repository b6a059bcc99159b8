import EventLog
import StreamCore
import Topology

/// All that a page may show, taken at one moment.
struct MonitorView: Sendable {
    /// A partition that this instance reads.
    struct Input: Sendable {
        let partition: TopicPartition
        let task: TaskID
        let committed: Int64
        /// The offset after the last record; nil when the log did not say.
        let end: Int64?

        var lag: Int64? { end.map { max(0, $0 - committed) } }
    }

    let report: RuntimeReport
    let health: HealthCheck
    let inputs: [Input]
    let now: Timestamp
}

/// Looks at a running application for its pages.
struct MonitorEye: Sendable {
    let application: RunningApplication
    private let surveyor: LogSurveyor
    private let clock: any WallClock

    init(_ application: RunningApplication, clock: any WallClock = SystemWallClock()) {
        self.application = application
        self.clock = clock
        surveyor = LogSurveyor(application.log, clock: clock)
    }

    func look() async -> MonitorView {
        let report = application.runtime.report
        let places = report.progress.flatMap { task, progress in progress.positions.map { (task, $0.key, $0.value) } }
            .sorted { $0.1 < $1.1 }
        let (survey, silentSince) = await surveyor.survey(places.map(\.1))
        let now = clock.now()
        return MonitorView(
            report: report, health: HealthCheck(report, survey: survey, silentSince: silentSince, now: now),
            inputs: places.map { task, partition, committed in
                MonitorView.Input(
                    partition: partition, task: task, committed: committed, end: survey?.ends[partition])
            }, now: now)
    }
}
