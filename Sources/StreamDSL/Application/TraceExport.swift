import EventLog
import Glibc
import Observability
import Topology

/// What exports the spans of one run.
struct TraceExport {
    let exporter: SpanExporter
    private let settings: OTLPSettings

    /// Starts it; who it is that speaks is added to what the settings say.
    init(_ settings: OTLPSettings, of topology: StreamTopology, _ counters: Counters, _ journal: EventJournal) {
        var settings = settings
        let known = [
            "service.name": topology.name, "service.version": topology.fingerprint, "process.pid": "\(getpid())",
        ]
        settings.resource.merge(known) { said, _ in said }
        self.settings = settings
        exporter = SpanExporter(settings, counters: counters, journal: journal)
        journal.info(
            "spans are exported",
            ["to": settings.endpoint, "protocol": settings.encoding.rawValue, "begins": "\(settings.ratio)"])
    }

    /// What decides what is traced of the records of `log`.
    func tracer(_ log: any EventLog) -> Tracer {
        Tracer(
            ratio: settings.ratio, followsParents: settings.followsParents,
            messagingSystem: log is KafkaEventLog ? "kafka" : "tributary", capturesContent: settings.capturesContent,
            sink: exporter)
    }
}
