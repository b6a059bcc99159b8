import Foundation
import JSON
import StreamCore
import Synchronization
import TestPrograms
import Testing

@testable import Observability

@Suite("SpanExporter", .timeLimit(.minutes(15)))
struct SpanExporterTests {
    /// Answers as it is told, the last for ever.
    private final class Sender: OTLPSender {
        private let state: Mutex<(answers: [OTLPOutcome], bodies: [[UInt8]])>
        let gate = DispatchSemaphore(value: 0)
        private let waits: Bool

        init(_ answers: [OTLPOutcome], waits: Bool = false) {
            state = Mutex((answers, []))
            self.waits = waits
        }

        var bodies: [[UInt8]] { state.withLock { $0.bodies } }

        func send(_ body: [UInt8]) -> OTLPOutcome {
            if waits { gate.wait() }
            return state.withLock { state in
                state.bodies.append(body)
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
        }

        func cut() {}
    }

    static func spans(_ count: Int) -> [Span] {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        let attributes: [Span.Attribute] = [
            .init("text", "é\"\n"), .init("integer", Int64.min), .init("number", .number(0.5)),
            .init("flag", .flag(true)), .init("texts", .texts(["a", "b"])),
        ]
        var spans: [Span] = []
        for number in 0..<count {
            guard let place = TraceContext(traceHigh: 1, traceLow: 2, span: UInt64(number + 1), state: "a=b") else {
                continue
            }
            var span = Span(
                "process in", .consumer, place, parent: number == 0 ? nil : 1, start: start,
                end: start + .milliseconds(7))
            span.attributes = attributes
            span.failure = number == 1 ? "it failed" : nil
            spans.append(span)
        }
        return spans
    }

    private func settings() -> OTLPSettings {
        var settings = OTLPSettings(endpoint: "http://nowhere/v1/traces")
        settings.delay = .milliseconds(1)
        settings.timeout = .seconds(60)
        return settings
    }

    private static func wait(_ body: () -> Bool) {
        let end = ContinuousClock.now + .seconds(60)
        while !body(), ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.002) }
    }

    @Test("what waits is sent at the stop, in batches")
    func flush() {
        let counters = Counters()
        let sender = Sender([.taken(rejected: 0)])
        var settings = settings()
        settings.delay = .seconds(3_600)
        settings.batchLimit = 100
        let exporter = SpanExporter(settings, counters: counters, journal: .silent, sender: sender)
        exporter.take(Self.spans(250))
        exporter.stop()
        exporter.stop()
        #expect(counters["spans_exported"] == 250)
        #expect(sender.bodies.count == 3)
        exporter.take(Self.spans(1))
        #expect(counters.sum("spans_dropped") == 1)
    }

    @Test("a collector that hangs keeps nobody waiting: what does not fit is dropped and counted")
    func full() {
        let counters = Counters()
        let sender = Sender([.taken(rejected: 0)], waits: true)
        var settings = settings()
        settings.queueLimit = 10
        settings.batchLimit = 10
        let exporter = SpanExporter(settings, counters: counters, journal: .silent, sender: sender)
        for _ in 0..<1_000 { exporter.take(Self.spans(10)) }
        #expect(counters["spans_dropped", reason: "the queue is full"] >= 9_900)
        for _ in 0..<1_000 { sender.gate.signal() }
        exporter.stop()
        #expect(counters["spans_exported"] + counters.sum("spans_dropped") == 10_000)
    }

    @Test("a collector that is away is asked again; it is told once that it is, and once that it is back")
    func again() {
        let counters = Counters()
        let told = Mutex<[String]>([])
        let journal = EventJournal { event in told.withLock { $0.append(event.message) } }
        let sender = Sender([.later("status 503", after: nil), .later("refused", after: nil), .taken(rejected: 0)])
        let exporter = SpanExporter(settings(), counters: counters, journal: journal, sender: sender)
        exporter.take(Self.spans(3))
        Self.wait { counters["spans_exported"] == 3 }
        exporter.stop()
        #expect(counters["spans_exported"] == 3)
        #expect(sender.bodies.count == 3)
        #expect(Set(sender.bodies).count == 1)
        #expect(told.withLock { $0 } == ["spans cannot be exported now", "spans are exported again"])
    }

    @Test("what is refused is dropped and counted, and so is what is taken but for some")
    func refused() {
        let counters = Counters()
        let sender = Sender([.refused("status 400"), .taken(rejected: 2)])
        let exporter = SpanExporter(settings(), counters: counters, journal: .silent, sender: sender)
        exporter.take(Self.spans(3))
        Self.wait { counters.sum("spans_dropped") == 3 }
        exporter.take(Self.spans(5))
        exporter.stop()
        #expect(counters["spans_dropped", reason: "the collector refused it"] == 3)
        #expect(counters["spans_dropped", reason: "the collector rejected it"] == 2)
        #expect(counters["spans_exported"] == 3)
    }

    @Test("garbage in an answer is no rejection")
    func garbage() {
        #expect(OTLPAnswer.rejected([0xff, 0xfe, 0x00, 0x3c], isJSON: false) == 0)
        #expect(OTLPAnswer.rejected(Array("<html>".utf8), isJSON: true) == 0)
        #expect(OTLPAnswer.rejected([0x0a, 0x02, 0x08, 0x05], isJSON: false) == 5)
        #expect(OTLPAnswer.rejected([0x0a, 0x7f, 0x08], isJSON: false) == 0)
        #expect(OTLPAnswer.rejected(Array(#"{"partialSuccess":{"rejectedSpans":"5"}}"#.utf8), isJSON: true) == 5)
    }

    @Test(
        "AK-21: opentelemetry-proto understands what a real collector is sent, in both encodings",
        .enabled(if: PythonPeer.has("opentelemetry.proto.collector.trace.v1.trace_service_pb2")),
        arguments: [OTLPSettings.Encoding.protobuf, .json])
    func collector(encoding: OTLPSettings.Encoding) async throws {
        let folder = try TemporaryFolder()
        let behaviours = ["503", "garbage", "partial", "400", "ok"]
        let peer = try PythonPeer("Tests/ObservabilityTests/Peers/collector.py").start(
            ["\(folder.path)/spans", "\(folder.path)/port"] + behaviours, in: folder.path)
        defer { peer.kill() }
        let counters = Counters()
        let lines = try await Self.onThread { () throws -> [JSONValue] in
            Self.wait { FileManager.default.fileExists(atPath: "\(folder.path)/port") }
            let port = try String(contentsOfFile: "\(folder.path)/port", encoding: .utf8)
            var settings = OTLPSettings(endpoint: "http://127.0.0.1:\(port)/v1/traces")
            settings.encoding = encoding
            settings.delay = .milliseconds(1)
            settings.headers = ["x-key": "secret"]
            settings.resource = ["service.name": "test"]
            settings.batchLimit = 2
            let exporter = SpanExporter(settings, counters: counters, journal: .silent)
            for round in 1...4 {
                exporter.take(Self.spans(2))
                Self.wait { counters.sum("spans_exported") + counters.sum("spans_dropped") == 2 * round }
            }
            exporter.stop()
            let text = try String(contentsOfFile: "\(folder.path)/spans", encoding: .utf8)
            return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        }
        #expect(counters["spans_exported"] == 5)
        #expect(counters["spans_dropped", reason: "the collector rejected it"] == 1)
        #expect(counters["spans_dropped", reason: "the collector refused it"] == 2)
        let (first, second) = (try #require(lines.first), try #require(lines.dropFirst().first))
        #expect(first["path"] == "/v1/traces")
        #expect(first["key"] == "secret")
        #expect(first["service"] == "test")
        #expect(first["trace"] == "00000000000000010000000000000002")
        #expect(first["span"] == "0000000000000001")
        #expect(first["parent"] == "")
        #expect(second["parent"] == "0000000000000001")
        #expect(first["name"] == "process in")
        #expect(first["kind"] == 5)
        #expect(first["start"]?.integerValue == 1_700_000_000_000_000_000)
        #expect(first["end"]?.integerValue == 1_700_000_000_007_000_000)
        #expect(first["state"] == "a=b")
        #expect(first["code"] == 0)
        #expect(second["code"] == 2)
        #expect(second["message"] == "it failed")
        let attributes = try #require(first["attributes"])
        #expect(attributes["text"] == "é\"\n")
        #expect(attributes["integer"]?.integerValue == Int64.min)
        #expect(attributes["number"] == .double(0.5))
        #expect(attributes["flag"] == true)
        #expect(attributes["texts"] == ["a", "b"])
    }

    private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
    {
        try await withCheckedThrowingContinuation { waiting in
            Thread.detachNewThread { waiting.resume(with: Result { try body() }) }
        }
    }
}
