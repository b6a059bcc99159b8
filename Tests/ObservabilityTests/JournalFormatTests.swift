import JSON
import StreamCore
import Testing

@testable import Observability

@Suite("JournalFormat")
struct JournalFormatTests {
    private static let event = EventJournal.Event(
        severity: .warning, message: "task failed \"so\"",
        fields: [
            (name: "task", value: "0_1"), (name: "trace_id", value: "4bf92f3577b34da6a3ce929d0e0e4736"),
            (name: "error", value: "two\nlines"), (name: "message", value: "not twice"),
        ])
    private static let time = Timestamp(milliseconds: 1_700_000_000_123)

    @Test("RPK-20: a JSON line is one object, its fields in order, and nothing hides the message")
    func json() throws {
        let line = JournalFormat.json.line(Self.event, at: Self.time)
        #expect(
            line
                == #"{"time":"2023-11-14T22:13:20.123Z","level":"warning","message":"task failed \"so\"","task":"0_1","#
                + #""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","error":"two\nlines"}"#)
        #expect(!line.contains("\n"))
    }

    @Test("a line of text stays one line")
    func text() {
        let line = JournalFormat.text.line(Self.event, at: Self.time)
        #expect(line.hasPrefix("2023-11-14T22:13:20.123Z WARNING task failed"))
        #expect(!line.contains("\n"))
    }
}
