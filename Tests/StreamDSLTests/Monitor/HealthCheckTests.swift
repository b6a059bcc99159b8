import StreamCore
import Testing

@testable import StreamDSL
@testable import Topology

@Suite("HealthCheck")
struct HealthCheckTests {
    private static let now = Timestamp(milliseconds: 1_000_000_000)

    private static func report(
        _ phase: RuntimeReport.Phase = .running, tasks: [TaskStatus] = [], beat: Duration = .zero,
        trouble: Duration? = nil
    ) -> RuntimeReport {
        RuntimeReport(
            phase: phase, reason: "why", started: now, instance: "i", tasks: tasks, progress: [:],
            workers: [now - beat], trouble: trouble.map { (now - $0, "no brokers") }, taskCount: 1)
    }

    private static func task(
        _ phase: TaskStatus.Phase, remaining: Int64 = 0, since: Duration = .zero, failures: Int = 0,
        error: String? = nil
    ) -> TaskStatus {
        TaskStatus(
            task: TaskID(0, 1), phase: phase, remaining: remaining, since: now - since, failures: failures, error: error
        )
    }

    private static func check(_ report: RuntimeReport, silent: Duration? = nil, problem: String? = nil) -> HealthCheck {
        HealthCheck(
            report, survey: LogSurvey(problem: problem, taken: now), silentSince: silent.map { now - $0 }, now: now)
    }

    @Test("AK-23, W53: each illness has its reason")
    func illnesses() {
        let ill: [(HealthCheck, String)] = [
            (Self.check(Self.report(.failed)), "has failed: why"), (Self.check(Self.report(.stopped)), "has stopped"),
            (Self.check(Self.report(beat: .seconds(61))), "worker 0 has been silent for 61 s"),
            (Self.check(Self.report(trouble: .seconds(16))), "membership cannot be looked after: no brokers"),
            (Self.check(Self.report(), silent: .seconds(16)), "the log has not answered for 16 s"),
            (Self.check(Self.report(), problem: "gone"), "the log cannot be reached: gone"),
            (
                Self.check(Self.report(tasks: [Self.task(.waiting, failures: 3, error: "disk full")])),
                "task 0_1 fails (3 times in a row): disk full"
            ),
            (
                Self.check(Self.report(tasks: [Self.task(.waiting, since: .seconds(16), failures: 1, error: "x")])),
                "task 0_1 fails (1 times in a row): x"
            ),
            (
                Self.check(Self.report(tasks: [Self.task(.restoring, remaining: 7, since: .seconds(61))])),
                "task 0_1 restores without a step forward for 61 s, 7 entries left"
            ),
        ]
        for (check, reason) in ill {
            #expect(!check.isHealthy)
            #expect(!check.isReady)
            #expect(check.illnesses.contains { $0.contains(reason) }, "\(check.illnesses) says not '\(reason)'")
        }
    }

    @Test("what may pass by itself is no illness; what does not work yet is not ready")
    func notReady() {
        let early = [
            Self.check(Self.report(.starting)), Self.check(Self.report(.waiting)),
            Self.check(Self.report(tasks: [Self.task(.restoring, remaining: 7, since: .seconds(59))])),
            Self.check(Self.report(tasks: [Self.task(.waiting, failures: 1, error: "x")])),
        ]
        for check in early {
            #expect(check.isHealthy)
            #expect(!check.isReady)
            #expect(!check.obstacles.isEmpty)
        }
        let well = Self.check(
            Self.report(
                tasks: [Self.task(.running), Self.task(.standby, remaining: 9)], beat: .seconds(59),
                trouble: .seconds(1)),
            silent: .seconds(1))
        #expect(well.isHealthy)
        #expect(well.isReady)
    }
}
