import StreamCore
import Topology

/// Whether an instance is well and ready, with the reasons when it is not.
///
/// Unhealthy means that a restart or a person is needed; not ready means that it does not work yet, and may soon.
struct HealthCheck: Sendable {
    /// After how long things that may pass by themselves count.
    struct Patience: Sendable {
        /// A worker that has not gone round.
        var silence: Duration = .seconds(60)
        /// A restore without a step forward.
        var restore: Duration = .seconds(60)
        /// A log that does not answer, or a membership that cannot be looked after.
        var outage: Duration = .seconds(15)
        /// How often in a row a task may fail.
        var failures = 3
    }

    /// Why it is not well; empty when it is.
    let illnesses: [String]
    /// Why it is not ready; empty when it is.
    let obstacles: [String]

    init(
        _ report: RuntimeReport, survey: LogSurvey?, silentSince: Timestamp?, now: Timestamp,
        patience: Patience = Patience()
    ) {
        var illnesses: [String] = []
        var obstacles: [String] = []
        switch report.phase {
        case .failed: illnesses.append("the instance has failed: \(report.reason ?? "no reason is known")")
        case .stopped: illnesses.append("the instance has stopped")
        case .created, .starting, .stopping: obstacles.append("the instance is \(report.phase.rawValue)")
        case .waiting: obstacles.append("the instance waits: \(report.reason ?? "no reason is known")")
        case .running: break
        }
        if report.phase == .running {
            for (number, beat) in report.workers.enumerated() where beat != .unknown && now - beat > patience.silence {
                illnesses.append("worker \(number) has been silent for \((now - beat).milliseconds / 1_000) s")
            }
        }
        if let trouble = report.trouble, now - trouble.since > patience.outage {
            illnesses.append("the membership cannot be looked after: \(trouble.reason)")
        }
        if let silentSince, now - silentSince > patience.outage {
            illnesses.append("the log has not answered for \((now - silentSince).milliseconds / 1_000) s")
        } else if let problem = survey?.problem {
            illnesses.append("the log cannot be reached: \(problem)")
        }
        for task in report.tasks {
            illnesses += Self.illness(of: task, now, patience).map { ["task \(task.task) \($0)"] } ?? []
            guard task.phase != .running, task.phase != .standby else { continue }
            obstacles.append(
                "task \(task.task) is \(task.phase.rawValue)"
                    + (task.remaining > 0 ? ", \(task.remaining) entries left" : ""))
        }
        self.illnesses = illnesses
        self.obstacles = illnesses + obstacles
    }

    private static func illness(of task: TaskStatus, _ now: Timestamp, _ patience: Patience) -> String? {
        if let error = task.error, task.failures >= patience.failures || task.phase != .running {
            let isOld = task.since != .unknown && now - task.since > patience.outage
            if task.failures >= patience.failures || isOld {
                return "fails (\(task.failures) times in a row): \(error)"
            }
        }
        if task.phase == .restoring, task.since != .unknown, now - task.since > patience.restore {
            return "restores without a step forward for \((now - task.since).milliseconds / 1_000) s, "
                + "\(task.remaining) entries left"
        }
        return nil
    }

    /// Whether it works as it should, or is on its way there.
    var isHealthy: Bool { illnesses.isEmpty }

    /// Whether all its tasks have their positions and work.
    var isReady: Bool { obstacles.isEmpty }
}
